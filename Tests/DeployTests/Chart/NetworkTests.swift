// SPDX-License-Identifier: Apache-2.0
// Martlet: that exactly the flows that are needed are open.

import TestSupport
import Testing

@Suite("Network policies of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct NetworkTests {
    private static let everybody = ["api", "worker", "health"]

    /// What every release has, whatever its values.
    private static func always(_ pods: [String]) -> Set<String> {
        Set(pods.flatMap { ["\($0) -> dns 53/UDP", "\($0) -> dns 53/TCP"] })
    }

    /// Servers are wherever they are, so their ports are open to all that is not closed itself.
    private static func toServers(_ pod: String, redis: Bool = true) -> [String] {
        ["internet 5432", "database 5432", "stranger 5432"].map { "\(pod) -> \($0)/TCP" }
            + (redis ? ["\(pod) -> database 6379/TCP"] : [])
    }

    private static let ofHealth = ["api 8080", "worker 8081", "health 8082"].map { "health -> \($0)/TCP" }
    private static let ofScrapes = ["api 8080", "worker 8081", "health 8082"].map { "prometheus -> \($0)/TCP" }
    private static let ofClients = ["neighbour -> api 8080/TCP", "neighbour -> health 8082/TCP"]
    private static let ofWebhooks = ["worker -> internet 80/TCP", "worker -> internet 443/TCP"]

    @Test
    func byDefaultOnlyWhatIsNeededIsOpen() async throws {
        let model = NetworkModel(try await ChartCase.named("defaults").rendering)
        var expected = Self.always(Self.everybody + ["migrate", "test"])
        expected.formUnion(Self.ofHealth + Self.ofScrapes + Self.ofClients + Self.ofWebhooks + ["test -> api 8080/TCP"])
        expected.formUnion(Self.everybody.flatMap { Self.toServers($0) } + Self.toServers("migrate", redis: false))
        Self.compare(model, expected)
    }

    @Test
    func inProductionServersAreWhereTheirSubnetsAre() async throws {
        let model = NetworkModel(try await ChartCase.named("prod").rendering)
        let pods = Self.everybody + ["migrate", "test", "backup", "backup-run"]
        var expected = Self.always(pods)
        expected.formUnion(Self.ofHealth + Self.ofScrapes + Self.ofClients + Self.ofWebhooks + ["test -> api 8080/TCP"])
        expected.formUnion(["gateway -> api 8080/TCP", "gateway -> health 8082/TCP"])
        for pod in pods where pod != "test" { expected.insert("\(pod) -> database 5432/TCP") }
        for pod in Self.everybody { expected.insert("\(pod) -> database 6379/TCP") }
        expected.formUnion(["health -> backup 8083/TCP", "prometheus -> backup 8083/TCP"])
        for pod in ["backup", "backup-run"] {
            // Stores and key services are where AWS has them, its addresses within the network among them.
            expected.formUnion(
                ["health 8082", "internet 443", "database 443", "kubernetes 443"].map { "\(pod) -> \($0)/TCP" }
            )
        }
        Self.compare(model, expected)
    }

    @Test
    func inDevelopmentServersAreTheReleasesOwn() async throws {
        let model = NetworkModel(try await ChartCase.named("dev").rendering)
        var expected = Self.always(Self.everybody + ["test", "backup", "postgresql", "redis"])
        expected.formUnion(Self.ofHealth + Self.ofScrapes + Self.ofClients + Self.ofWebhooks + ["test -> api 8080/TCP"])
        for pod in Self.everybody { expected.formUnion(["\(pod) -> postgresql 5432/TCP", "\(pod) -> redis 6379/TCP"]) }
        expected.formUnion(["health -> backup 8083/TCP", "prometheus -> backup 8083/TCP"])
        expected.formUnion(["backup -> postgresql 5432/TCP", "backup -> health 8082/TCP"])
        Self.compare(model, expected)
    }

    @Test
    func whatIsSwitchedOffIsClosed() async throws {
        let model = NetworkModel(try await ChartCase.named("closed").rendering)
        var expected = Self.always(Self.everybody)
        // A route of Gateway API lets the gateway in; there are neither clients, webhooks nor a test.
        expected.formUnion(Self.ofHealth + Self.ofScrapes + ["gateway -> api 8080/TCP"])
        expected.formUnion(Self.everybody.flatMap { Self.toServers($0) + ["\($0) -> collector 4318/TCP"] })
        Self.compare(model, expected)
    }

    @Test
    func withoutPoliciesAllIsOpen() async throws {
        let chart = try await ChartCase.named("open").rendering
        #expect(chart.all("NetworkPolicy").isEmpty)
        #expect(NetworkModel(chart).flows.contains("stranger -> worker 8081/TCP"))
    }

    /// To Kubernetes an empty list of peers is everybody.
    @Test
    func whereNobodyIsNamedNobodyGetsThrough() async throws {
        var request = try ChartCase.named("prod").request()
        request.values = HelmValue("global.networkPolicy", ["gateways": [], "monitoring": []])
            .merged(HelmValue("api.networkPolicy.clients", [])).merged(HelmValue("health.networkPolicy.clients", []))
        let flows = NetworkModel(try await ChartRendering(request)).flows
        let senders = flows.filter { $0.contains("-> api ") || $0.contains("-> health ") || $0.contains("-> worker ") }
            .compactMap { $0.split(separator: " ").first }
        #expect(Set(senders) == ["health", "test", "backup", "backup-run"])
    }

    @Test
    func whoeverTracesReachesTheCollector() async throws {
        var request = try ChartCase.named("defaults").request()
        request.values = HelmValue("worker.settings.OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.tracing.svc:4318")
            .merged(HelmValue("global.networkPolicy.dns", []))
        let chart = try await ChartRendering(request)
        #expect(NetworkModel(chart).flows.filter { $0.contains("-> collector ") } == ["worker -> collector 4318/TCP"])
        // Names are looked up anywhere.
        let all = try chart.one("NetworkPolicy/rel-martlet-default-deny")["spec.egress"].items
        #expect(all.first?["to"].isNone == true && all.first?["ports"].items.count == 2)
    }

    /// No pod is forgotten: not one of a hook, a test or a schedule.
    @Test(arguments: ChartCase.all.filter { !["open", "development"].contains($0.name) })
    func everyPodIsClosedByDefault(_ one: ChartCase) async throws {
        let model = NetworkModel(try await one.rendering)
        let own = model.places.filter(\.isOfRelease)
        #expect(!own.isEmpty)
        for place in own {
            for direction in ["ingress", "egress"] {
                #expect(!model.policies(direction, of: place).isEmpty, "\(place.name): \(direction)")
            }
        }
        let flows = model.flows
        for place in own {
            #expect(flows.contains("\(place.name) -> dns 53/UDP") || one.name == "everything", "\(place.name)")
            #expect(!flows.contains("\(place.name) -> cloud-metadata 80/TCP"), "\(place.name)")
            #expect(flows.allSatisfy { !$0.hasPrefix("stranger -> \(place.name) ") }, "\(place.name)")
        }
    }

    @Test
    func portsAndPeersOfValuesAreTaken() async throws {
        let chart = try await ChartCase.everything.rendering
        let worker = try chart.one("NetworkPolicy/big-gannet-worker")["spec.egress"].items
        for (block, port) in [
            ("192.0.2.54/32", "15432"), ("192.0.2.63/32", "16379"), ("192.0.2.43/32", "14318"),
            ("198.51.100.0/24", "8443"),
        ] {
            let rule = worker.first { $0["to.0.ipBlock.cidr"].text == block }
            #expect(rule?["ports"].items.map { $0["port"].text } == [port], "\(block)")
        }
        #expect(worker.contains { $0["to.0.ipBlock.cidr"].text == "192.0.2.21/32" })
        // Sidecars fetch their configuration.
        let all = try chart.one("NetworkPolicy/big-gannet-default-deny")["spec.egress"].items
        #expect(all.contains { $0["ports.0.port"].number == 15012 })
        #expect(all.contains { $0["to.0.ipBlock.cidr"].text == "192.0.2.53/32" })
    }

    private static func compare(_ model: NetworkModel, _ expected: Set<String>) {
        let flows = model.flows
        #expect(expected.subtracting(flows).sorted() == [], "needed, and closed")
        #expect(flows.subtracting(expected).sorted() == [], "open, and not needed")
        #expect(flows.count > 15)
    }
}
