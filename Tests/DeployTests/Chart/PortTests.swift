// SPDX-License-Identifier: Apache-2.0
// Martlet: that each port that anything names is one that a container listens on.

import TestSupport
import Testing

@Suite("Ports of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct PortTests {
    @Test(arguments: ChartCase.all)
    func servicesLeadToPortsOfContainers(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for service in chart.all("Service") {
            let ports = chart.pods(selectedBy: service.podSelector).flatMap(\.containers).flatMap { $0["ports"].items }
            for port in service["spec.ports"].items {
                let target = ports.first { $0["name"] == port["targetPort"] }
                #expect(target != nil && target?["protocol"] == port["protocol"], "\(service): \(port)")
                // A headless Service's addresses are those of pods, so its port is theirs, too.
                if service["spec.clusterIP"].text == "None" {
                    #expect(target?["containerPort"] == port["port"], "\(service)")
                }
            }
            #expect(!service["spec.ports"].items.isEmpty, "\(service)")
        }
    }

    @Test(arguments: ChartCase.all)
    func probesAskPortsOfTheirContainer(_ one: ChartCase) async throws {
        for pod in try await one.rendering.pods where pod.isServer {
            for container in pod.containers {
                let names = container["ports"].items.compactMap { $0["name"].text }
                for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                    let port = container[probe]["httpGet.port"].text ?? container[probe]["tcpSocket.port"].text
                    if let port { #expect(names.contains(port), "\(pod): \(probe)") }
                    if pod.isOurs { #expect(port == "http", "\(pod): \(probe)") }
                }
            }
        }
    }

    @Test(arguments: ChartCase.all)
    func policiesOpenPortsOfContainers(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for policy in chart.all("NetworkPolicy") {
            let open = chart.pods(selectedBy: policy.podSelector).flatMap(\.containers).flatMap { $0["ports"].items }
                .compactMap { $0["containerPort"].text }
            // In ambient mode what goes to a pod's port comes by that of the mesh (`MeshTests`).
            let own = policy["spec.ingress"].items.flatMap { $0["ports"].items }
                .filter { one.name != "ambient" || $0["port"].text != "15008" }
            for port in own {
                #expect(open.contains(port["port"].text ?? ""), "\(policy): \(port)")
            }
        }
    }

    @Test(arguments: ChartCase.all)
    func programsListenWhereTheirContainersSay(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        for pod in chart.pods where pod.isServer && pod.isOurs {
            for container in pod.containers {
                let settings = try chart.one("ConfigMap/\(container["envFrom.0.configMapRef.name"].text ?? "")")["data"]
                #expect(
                    container["ports"].items.map { $0["containerPort"].text } == [settings["APP_PORT"].text],
                    "\(pod)"
                )
            }
        }
    }

    /// Addresses of the release's own Services, in settings and in the file of checks.
    @Test(arguments: ChartCase.all)
    func addressesNameServicesAndTheirPorts(_ one: ChartCase) async throws {
        let chart = try await one.rendering
        let services = Set(
            chart.all("Service").flatMap { service in
                service["spec.ports"].items.map { "\(service.name).martlet.svc:\($0["port"].text ?? "")" }
            }
        )
        var found = 0
        // Dashboards are long, and have no addresses.
        let maps = chart.all("ConfigMap").filter { !$0.name.contains("-dashboard-") }
        for text in maps.flatMap({ $0["data"].texts.values }) + chart.pods.flatMap(\.literals) {
            for piece in text.split(separator: "://").dropFirst() where piece.contains(".martlet.svc:") {
                let address = piece.prefix { !"/ ,\n}\"".contains($0) }
                #expect(services.contains(String(address)), "\(address) in \(one.name)")
                found += 1
            }
        }
        // One has no checks, the other nothing that could be called.
        #expect(found > 0 || ["backups-alone", "closed"].contains(one.name))
    }
}

extension ChartPod {
    /// Values of variables that stand in the pod itself.
    var literals: [String] { containers.flatMap { $0["env"].items }.compactMap { $0["value"].text } }
}
