// SPDX-License-Identifier: Apache-2.0
// Martlet: that everything that points at something finds it, and nothing else.

import TestSupport
import Testing

@Suite("Selectors and references of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct SelectorTests {
    @Test(arguments: ChartCase.all)
    func eachSelectorFindsThePodsOfOneProgram(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        let kinds = chart.all(
            "Service",
            "PodDisruptionBudget",
            "PodMonitor",
            "Deployment",
            "Rollout",
            "StatefulSet",
            "NetworkPolicy"
        )
        for object in kinds where !object.name.hasSuffix("-default-deny") {
            let pods = chart.pods(selectedBy: object.podSelector)
            let components = Set(pods.map(\.component))
            #expect(components.count == 1, "\(object) selects \(pods)")
            guard object.kind != "NetworkPolicy" else { continue }
            #expect(pods.count == 1 && pods.allSatisfy(\.isServer), "\(object) selects \(pods)")
        }
        #expect(!kinds.isEmpty || one.name == "backups-alone")
    }

    @Test(arguments: ChartCase.all)
    func replicasKeepAwayFromTheirOwnKind(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for pod in chart.pods where pod.isServer && pod.isOurs {
            let spread = pod.spec["topologySpreadConstraints"].items
            #expect(!spread.isEmpty, "\(pod)")
            for constraint in spread { #expect(constraint["labelSelector"].selects(pod.labels), "\(pod)") }
            let terms = pod.spec["affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution"].items
            #expect(!terms.isEmpty || one.name == "everything", "\(pod)")
            for term in terms {
                let selected = chart.pods(selectedBy: term["podAffinityTerm.labelSelector"])
                #expect(selected == [pod], "\(pod) keeps away from \(selected)")
            }
        }
    }

    @Test(arguments: ChartCase.all)
    func monitorsFindOneServiceOrItsPods(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for monitor in chart.all("ServiceMonitor") {
            let services = chart.all("Service").filter { monitor["spec.selector"].selects($0.labels) }
            #expect(services.count == 1, "\(monitor) finds \(services)")
            let service = try #require(services.first)
            for endpoint in monitor["spec.endpoints"].items {
                #expect(service["spec.ports"].items.contains { $0["name"].text == endpoint["port"].text }, "\(monitor)")
                #expect(endpoint["path"].text == "/metrics")
            }
            // Prometheus' job, by which rules and dashboards find it.
            let job = try #require(monitor["spec.jobLabel"].text)
            #expect(service.labels[job] == chart.pods(selectedBy: service.podSelector).first?.program, "\(monitor)")
            #expect(monitor["spec.namespaceSelector.matchNames"].items.map(\.text) == ["martlet"])
        }
        for monitor in chart.all("PodMonitor") {
            let pods = chart.pods(selectedBy: monitor["spec.selector"])
            #expect(pods.count == 1)
            let pod = try #require(pods.first)
            #expect(pod.labels[monitor["spec.jobLabel"].text ?? ""] == pod.program)
            let ports = pod.containers.flatMap { $0["ports"].items }.compactMap { $0["name"].text }
            #expect(monitor["spec.podMetricsEndpoints"].items.allSatisfy { ports.contains($0["port"].text ?? "") })
        }
    }

    @Test
    func allProgramsThatServeAreScraped() async throws {
        for name in ["prod", "canary", "canary-without-mesh", "physical-backups", "everything"] {
            let chart = try await ChartCase.named(name).rendering
            let servers = Set(chart.pods.filter { $0.isServer && $0.isOurs }.map(\.component))
            let monitored = chart.all("ServiceMonitor", "PodMonitor").flatMap { monitor in
                monitor.kind == "PodMonitor"
                    ? chart.pods(selectedBy: monitor["spec.selector"])
                    : chart.all("Service").filter { monitor["spec.selector"].selects($0.labels) }
                        .flatMap { chart.pods(selectedBy: $0.podSelector) }
            }
            #expect(monitored.count == servers.count && Set(monitored.map(\.component)) == servers, "\(name)")
            #expect(servers.count >= 3)
        }
    }

    @Test(arguments: ChartCase.all)
    func autoscalersPointAtWhatThereIs(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for scaler in chart.all("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler") {
            let target = scaler[scaler.kind == "VerticalPodAutoscaler" ? "spec.targetRef" : "spec.scaleTargetRef"]
            let workload = try chart.one("\(target["kind"].text ?? "")/\(target["name"].text ?? "")")
            #expect(workload.apiVersion == target["apiVersion"].text, "\(scaler)")
            let names = workload.containers.compactMap { $0["name"].text }
            for policy in scaler["spec.resourcePolicy.containerPolicies"].items {
                #expect(names.contains(policy["containerName"].text ?? ""), "\(scaler)")
            }
        }
    }

    @Test(arguments: ChartCase.all)
    func waysInLeadToAService(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        let services = Dictionary(uniqueKeysWithValues: chart.all("Service").map { ($0.name, $0) })
        for ingress in chart.all("Ingress") {
            let backends = ingress["spec.rules"].items.flatMap { $0["http.paths"].items }.map { $0["backend.service"] }
            #expect(!backends.isEmpty, "\(ingress)")
            for backend in backends {
                let service = try #require(services[backend["name"].text ?? ""])
                #expect(service["spec.ports"].items.contains { $0["name"] == backend["port.name"] }, "\(ingress)")
            }
        }
        let routes = chart.all("HTTPRoute").flatMap { $0["spec.rules"].items }.flatMap { $0["backendRefs"].items }
            .map { ($0["name"], $0["port"]) }
        let meshRoutes = chart.all("VirtualService").flatMap { $0["spec.http"].items }.flatMap { $0["route"].items }
            .map { ($0["destination.host"], $0["destination.port.number"]) }
        for (name, port) in routes + meshRoutes {
            let service = try #require(services[name.text ?? ""])
            #expect(service["spec.ports"].items.contains { $0["port"] == port }, "\(service)")
        }
        for rule in chart.all("DestinationRule") { #expect(services[rule["spec.host"].text ?? ""] != nil, "\(rule)") }
        for service in chart.all("VirtualService") {
            #expect(
                service["spec.http"].items.flatMap { $0["route"].items }.compactMap { $0["weight"].number }.reduce(0, +)
                    == 100
            )
            #expect(services[service["spec.hosts.0"].text ?? ""] != nil)
        }
    }

    @Test(arguments: ChartCase.all)
    func accountsAndClaimsAreThere(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        let accounts = Set(chart.all("ServiceAccount").map(\.name))
        let configMaps = Set(chart.all("ConfigMap").map(\.name))
        let claims = Set(chart.all("PersistentVolumeClaim").map(\.name))
        for pod in chart.pods where pod.isOurs {
            let account = try #require(pod.spec["serviceAccountName"].text)
            let isOfOthers =
                ["argo-cd", "images"].contains(one.name) && ["default", "platform-worker"].contains(account)
            #expect(accounts.contains(account) || isOfOthers, "\(pod) runs as \(account)")
            for volume in pod.spec["volumes"].items {
                if let map = volume["configMap.name"].text {
                    #expect(
                        configMaps.contains(map) || ["checks-of-my-own", "authorities-of-owls"].contains(map),
                        "\(pod)"
                    )
                }
                if let claim = volume["persistentVolumeClaim.claimName"].text {
                    #expect(claims.contains(claim) || claim == "backups", "\(pod)")
                }
            }
            for source in pod.containers.flatMap({ $0["envFrom"].items }) {
                #expect(configMaps.contains(source["configMapRef.name"].text ?? ""), "\(pod)")
            }
            let volumes = pod.spec["volumes"].items.compactMap { $0["name"].text }
            #expect(Set(volumes).count == volumes.count, "\(pod)")
            for mount in pod.containers.flatMap({ $0["volumeMounts"].items }) {
                #expect(volumes.contains(mount["name"].text ?? ""), "\(pod) mounts \(mount)")
            }
        }
    }
}

extension KubernetesObject {
    /// Which pods it is about.
    var podSelector: YAMLTree {
        switch kind {
        case "Service": .map(["matchLabels": self["spec.selector"]])
        case "NetworkPolicy": self["spec.podSelector"]
        default: self["spec.selector"]
        }
    }
}
