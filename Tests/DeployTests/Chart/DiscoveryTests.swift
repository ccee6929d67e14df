// SPDX-License-Identifier: Apache-2.0
// Martlet: that aggregators find each API and each worker.

import TestSupport
import Testing

@Suite("Discovery in the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct DiscoveryTests {
    /// Aggregators ask DNS themselves, without the search domains of a pod, so a name must be whole.
    @Test(arguments: [("defaults", "cluster.local"), ("prod", "cluster.local"), ("open", "owls.internal")])
    func namesThatAreDiscoveredAreWhole(_ name: String, _ domain: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        let file = try chart.one("ConfigMap/rel-martlet-health-checks")["data"].texts.values.first ?? ""
        let checks = try YAMLTree(parsing: file)["checks"].items.map { $0["martlet"] }
        let discovered = checks.filter { $0["discover"].text == "dns" }.compactMap { $0["url"].text }
        #expect(
            discovered == [
                "http://rel-martlet-api-instances.martlet.svc.\(domain):8080",
                "http://rel-martlet-worker.martlet.svc.\(domain):8081",
            ]
        )
    }

    /// One that is not ready is what a check must see.
    @Test(arguments: ["defaults", "prod"])
    func whoIsNotReadyIsFound(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        for service in ["Service/rel-martlet-api-instances", "Service/rel-martlet-worker"] {
            let spec = try chart.one(service)["spec"]
            #expect(spec["clusterIP"].text == "None" && spec["publishNotReadyAddresses"].flag == true, "\(service)")
        }
        // Requests go to those that are.
        #expect(try chart.one("Service/rel-martlet-api")["spec.publishNotReadyAddresses"].isNone)
    }
}
