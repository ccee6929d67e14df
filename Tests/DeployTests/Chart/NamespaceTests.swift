// SPDX-License-Identifier: Apache-2.0
// Martlet: that the chart's alerts do in their namespace what infra/monitoring's tests say, whatever happens in others.

import FoundationEssentials
import TestSupport
import Testing

@Suite(
    "Alerts of one installation among several",
    .serialized,
    .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"),
    .enabled(if: DeployTool.promtool.isThere, "\(DeployTool.promtool.reason)")
)
struct NamespaceTests {
    @Test(arguments: ["api", "backup", "bus", "health", "jobs", "ledger", "nodes", "processes", "slo"])
    func alertsSeeTheirNamespaceAlone(_ name: String) async throws {
        let folder = try RecoveryFolder()
        let rules = "\(folder.path)/rules.json"
        let order = try await writeRules(to: rules)
        let cases = AlertCases(try Repository.text("infra/monitoring/prometheus/tests/\(name).yml"))
        #expect(name == "nodes" || cases.besideTrouble.count > 1, "\(cases.besideTrouble)")
        let text = cases.moved(to: "martlet", beside: "martlet-staging", rules: rules, order: order)
        try text.write(toFile: "\(folder.path)/cases.yml", atomically: true, encoding: .utf8)
        let run = try await DeployTool.promtool.run(
            ["test", "rules", "\(folder.path)/cases.yml"],
            within: .seconds(300)
        )
        #expect(run.end == .code(0), "\(run.text.suffix(3_000))")
    }

    /// What the tests are worth: in the other namespace, each alert that should fire is missed.
    @Test func anotherNamespaceIsMissed() async throws {
        let folder = try RecoveryFolder()
        let rules = "\(folder.path)/rules.json"
        let order = try await writeRules(to: rules)
        let cases = AlertCases(try Repository.text("infra/monitoring/prometheus/tests/jobs.yml"))
        let text = cases.moved(to: "martlet-staging", beside: "martlet", rules: rules, order: order)
        try text.write(toFile: "\(folder.path)/cases.yml", atomically: true, encoding: .utf8)
        let run = try await DeployTool.promtool.run(
            ["test", "rules", "\(folder.path)/cases.yml"],
            within: .seconds(300)
        )
        #expect(run.end == .code(1))
        #expect(run.text.contains("MartletQueueStalled"), "\(run.text.suffix(3_000))")
    }

    /// The groups that Helm makes, as a file of rules; in the order of their names, recording rules first.
    private func writeRules(to path: String) async throws -> [String] {
        let rule = try #require(try await ChartCase.named("prod").rendering.all("PrometheusRule").first)
        let groups = rule["spec.groups"].items.sorted { one, two in
            let (first, second) = (one["name"].text ?? "", two["name"].text ?? "")
            return (first.hasSuffix("-alerts") ? 1 : 0, first) < (second.hasSuffix("-alerts") ? 1 : 0, second)
        }
        try "{\"groups\": [\(groups.map(\.json).joined(separator: ",\n"))]}"
            .write(toFile: path, atomically: true, encoding: .utf8)
        return groups.compactMap { $0["name"].text }
    }
}
