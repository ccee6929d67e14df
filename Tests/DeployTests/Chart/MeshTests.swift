// SPDX-License-Identifier: Apache-2.0
// Martlet: pods in a mesh of Istio: who is asked without mutual TLS, who ends, and which port is open.

import TestSupport
import Testing

@Suite("The chart in a mesh", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct MeshTests {
    /// A sidecar sends what goes to the address of a pod as it is, so Prometheus and the aggregators ask in the clear.
    @Test
    func podsAnswerByAddressWhatIsAskedByAddress() async throws {
        let chart = try await ChartCase.named("mesh").rendering
        let peers = try #require(chart.all("PeerAuthentication").first)
        #expect(peers["spec.mtls.mode"].text == "STRICT")
        let policy = try #require(chart.all("AuthorizationPolicy").first)
        #expect(policy["spec.action"].text == "DENY" && policy["spec.rules"].items.count == 1)
        let rule = policy["spec.rules.0"]
        // Whoever has no certificate of the mesh, and asks for anything else.
        #expect(rule["from"].items.map { $0["source"] } == [.map(["notPrincipals": .list([.scalar("*")])])])
        #expect(rule["to"].items.count == 1)
        let paths = rule["to.0.operation.notPaths"].items.compactMap(\.text)
        let sources = try ["Shared/Health/Engine/PeerClient.swift", "Shared/Health/Probes/HTTP/ReadinessProbe.swift"]
            .map { try Repository.text($0) }.joined()
        for path in paths where path != "/metrics" {
            #expect(sources.contains("\"\(path)\""), "nobody asks for \(path)")
        }
        #expect(paths.sorted() == ["/health/ready", "/metrics", "/v1/peer"])
        for pod in chart.pods where pod.isServer {
            #expect(peers["spec.selector"].selects(pod.labels) && policy["spec.selector"].selects(pod.labels), "\(pod)")
            for port in pod.containers.flatMap({ $0["ports"].items }) {
                let mode = peers["spec.portLevelMtls"].member(port["containerPort"].text ?? "")["mode"].text
                #expect(mode == "PERMISSIVE", "\(pod)")
            }
        }
    }

    /// Without such paths, without sidecars, and where all may come in the clear anyway, nothing is to be told apart.
    @Test(arguments: [("mesh-host", "STRICT"), ("ambient", "STRICT"), ("canary", "PERMISSIVE")])
    func otherwiseAllAreTreatedAlike(_ name: String, _ mode: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        let peers = try #require(chart.all("PeerAuthentication").first)
        #expect(peers["spec.mtls.mode"].text == mode && peers["spec.portLevelMtls"].isNone)
        #expect(chart.all("AuthorizationPolicy").isEmpty)
    }

    /// A sidecar of the old kind would keep a Job from its end, and leave a program that drains without connections.
    @Test(arguments: ["mesh", "canary", "everything"])
    func sidecarsEndWithTheirPod(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        for pod in chart.pods {
            let annotations = pod.owner.kind == "Pod" ? pod.owner.annotations : pod.annotations
            #expect(annotations["sidecar.istio.io/nativeSidecar"] == "true", "\(pod)")
        }
        #expect(chart.pods.count > 4)
    }

    @Test(arguments: ["prod", "ambient"])
    func whereThereAreNoneNothingIsSaidOfThem(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        #expect(!chart.text.contains("sidecar.istio.io") && !chart.text.contains("15012"))
        for rule in chart.all("DestinationRule") { #expect(rule["spec.trafficPolicy.tls"].isNone, "\(rule)") }
        #expect(chart.all("VirtualService").isEmpty)
        for rollout in chart.all("Rollout") { #expect(rollout["spec.strategy.canary.trafficRouting"].isNone) }
    }

    /// In ambient mode pods reach each other by one port of the mesh, and the kubelet's probes come from one address.
    @Test
    func theMeshsPortIsOpenBesideEachPort() async throws {
        let chart = try await ChartCase.named("ambient").rendering
        func ports(_ rule: YAMLTree) -> [String] { rule["ports"].items.compactMap { $0["port"].text } }
        let probe = "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"
        for pod in chart.pods where pod.isServer {
            let policies = chart.all("NetworkPolicy").filter { $0.podSelector.selects(pod.labels) }
            let own = pod.containers.flatMap { $0["ports"].items }.compactMap { $0["containerPort"].text }
            let ways = policies.flatMap { $0["spec.ingress"].items }
            let isProbed = ways.contains { $0["from.0.ipBlock.cidr"].text == probe && ports($0) == own }
            #expect(isProbed == pod.isOurs, "\(pod)")
            let peers = ways.filter { $0["from.0.ipBlock"].isNone }
            #expect(!peers.isEmpty && peers.allSatisfy { ports($0) == own + ["15008"] }, "\(pod)")
        }
        // Who is not in the mesh: DNS, and what is public.
        let plain: Set = ["53", "80", "443"]
        let ways = chart.all("NetworkPolicy").flatMap { $0["spec.egress"].items }.map(ports)
        #expect(ways.count > 15)
        for way in ways { #expect(way.contains("15008") == plain.isDisjoint(with: way), "\(way)") }
        #expect(try await !ChartCase.named("mesh").rendering.text.contains("15008"))
    }
}
