// SPDX-License-Identifier: Apache-2.0
// Martlet: what probes ask, and how long they wait.

import TestSupport
import Testing

@Suite("Probes of the chart's pods", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct ProbeTests {
    @Test(arguments: ChartCase.all)
    func eachServerHasAllThree(_ one: ChartCase) async throws {
        let pods = try await one.rendering.pods.filter { $0.isServer && $0.isOurs }
        for container in pods.flatMap(\.containers) {
            #expect(container["startupProbe.httpGet.path"].text == "/health/startup")
            #expect(container["livenessProbe.httpGet.path"].text == "/health/live")
            #expect(container["readinessProbe.httpGet.path"].text == "/health/ready")
        }
        #expect(!pods.isEmpty || one.name == "backups-alone")
    }

    @Test(arguments: ["defaults", "dev", "staging", "prod"])
    func patienceIsWhereItBelongs(_ name: String) async throws {
        for pod in try await ChartCase.named(name).rendering.pods where pod.isServer && pod.isOurs {
            let container = try #require(pod.containers.first)
            func patience(_ probe: String) -> Int {
                (container[probe]["periodSeconds"].number ?? 10) * (container[probe]["failureThreshold"].number ?? 3)
            }
            // A restart brings no database back; one that hangs is another matter; one that is not ready soon gets nothing.
            #expect(patience("startupProbe") >= 300, "\(pod)")
            #expect(30...120 ~= patience("livenessProbe"), "\(pod)")
            #expect(patience("readinessProbe") <= 20, "\(pod)")
            // The start-up probe keeps the others back, so they need no delay.
            #expect(container["livenessProbe.initialDelaySeconds"].isNone, "\(pod)")
        }
    }
}
