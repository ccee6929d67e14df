// SPDX-License-Identifier: Apache-2.0
// Martlet: words of the chart's objects that no value chooses, and on which something outside of the chart relies.

import TestSupport
import Testing

@Suite("What others rely on in the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct ContractTests {
    /// Without it Prometheus puts its own name of a Service in place of the label `service`, by which a deployment is verified.
    @Test(arguments: ["prod", "canary", "everything"])
    func labelsOfMetricsStay(_ name: String) async throws {
        let monitors = try await ChartCase.named(name).rendering.all("ServiceMonitor", "PodMonitor")
        #expect(monitors.count >= 3)
        for monitor in monitors {
            let endpoints = monitor["spec.endpoints"].items + monitor["spec.podMetricsEndpoints"].items
            #expect(endpoints.count == 1 && endpoints.allSatisfy { $0["honorLabels"].flag == true }, "\(monitor)")
            #expect(monitor["spec.jobLabel"].text == "app.kubernetes.io/name", "\(monitor)")
        }
        #expect(try Repository.text("scripts/checks.sh").contains(#"service=\"martlet-api\""#))
    }

    /// A request that may have arrived is not sent again: a job would be submitted twice.
    @Test func aMeshRepeatsOnlyWhatNobodyHasSeen() async throws {
        let chart = try await ChartCase.named("canary").rendering
        let routes = try chart.one("VirtualService/rel-martlet-api")["spec.http"].items
        #expect(!routes.isEmpty)
        for route in routes { #expect(route["retries.retryOn"].text == "connect-failure,refused-stream") }
        let rules = chart.all("DestinationRule")
        #expect(rules.count == 2)
        for rule in rules { #expect(rule["spec.trafficPolicy.tls.mode"].text == "ISTIO_MUTUAL", "\(rule)") }
    }

    /// Few errors are what goes on.
    @Test func aCanaryFailsByManyErrors() async throws {
        let template = try #require(try await ChartCase.named("canary").rendering.all("AnalysisTemplate").first)
        let metrics = template["spec.metrics"].items
        #expect(metrics.count == 2)
        for metric in metrics { #expect(metric["successCondition"].text == "result[0] <= 0.01", "\(metric)") }
    }

    /// A prune does not wait for a backup that runs.
    @Test(arguments: ["physical-backups", "prod", "staging"])
    func nothingIsPrunedWhileABackupMayBegin(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        func fields(_ run: String) throws -> [Substring] {
            try chart.one("CronJob/rel-martlet-backup-\(run)")["spec.schedule"].text?.split(separator: " ") ?? []
        }
        let (backup, prune) = (try fields("backup"), try fields("prune"))
        #expect(backup.count == 5 && prune.count == 5)
        let hour = try #require(Int(prune[1]))
        let step = backup[1].hasPrefix("*/") ? Int(backup[1].dropFirst(2)) : nil
        let begins = try #require(step ?? Int(backup[1]))
        // Hours since a backup began.
        #expect(step == nil ? hour - begins >= 6 : hour % begins >= 2, "\(backup), \(prune)")
    }
}
