// SPDX-License-Identifier: Apache-2.0
// Martlet: that the chart's alerts do in their namespace what infra/monitoring's tests say, whatever another installation does in its own.

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
    private static let (here, there) = ("martlet", "martlet-staging")
    /// The chart of the other installation.
    private static let other = Task {
        var request = try ChartCase.named("prod").request()
        request.namespace = there
        return try await ChartRendering(request)
    }

    /// Both installations bring their rules, as they would to one Prometheus.
    @Test(arguments: ["api", "backup", "bus", "health", "jobs", "ledger", "nodes", "processes", "slo"])
    func alertsSeeTheirNamespaceAlone(_ name: String) async throws {
        let folder = try RecoveryFolder()
        let cases = AlertCases(try Repository.text("infra/monitoring/prometheus/tests/\(name).yml"))
        var (paths, order): ([String], [String]) = ([], [])
        for chart in [try await ChartCase.named("prod").rendering, try await Self.other.value] {
            paths.append("\(folder.path)/\(paths.count).json")
            order = try Self.write(chart, for: cases, to: paths[paths.count - 1])
        }
        #expect(name == "nodes" || cases.besideTheOpposite.count > 2, "\(cases.besideTheOpposite)")
        let text = cases.moved(to: Self.here, beside: Self.there, rules: paths, order: order, isTold: true)
        let run = try await Self.test(text, in: folder)
        #expect(run.end == .code(0), "\(run.text.suffix(3_000))")
    }

    /// What the tests are worth: rules that look at all namespaces fire for another one, and stay quiet because of another one.
    @Test func rulesForAllNamespacesAreFoundOut() async throws {
        let folder = try RecoveryFolder()
        let path = "\(folder.path)/rules.json"
        let cases = AlertCases(try Repository.text("infra/monitoring/prometheus/tests/processes.yml"))
        let order = try Self.write(try await ChartCase.everything.rendering, for: cases, to: path)
        let text = cases.moved(to: Self.here, beside: Self.there, rules: [path], order: order, isTold: false)
        let run = try await Self.test(text, in: folder)
        #expect(run.end == .code(1))
        let found = run.text.replacing(#/\s+/#, with: " ")
        #expect(found.contains("exp: {} 0E+00 got: {} 1E+00"), "\(found.suffix(3_000))")
        #expect(found.contains("exp: {} 1E+00 got: {} 0E+00"), "\(found.suffix(3_000))")
    }

    private static func test(_ cases: String, in folder: RecoveryFolder) async throws -> DeployTool.Run {
        try cases.write(toFile: "\(folder.path)/cases.yml", atomically: true, encoding: .utf8)
        return try await DeployTool.promtool.run(["test", "rules", "\(folder.path)/cases.yml"], within: .seconds(300))
    }

    /// The groups that Helm makes, as a file of rules with no other alerts than those of the cases, which would only cost time; in the order
    /// of their names, recording rules first.
    private static func write(_ chart: ChartRendering, for cases: AlertCases, to path: String) throws -> [String] {
        let rule = try #require(chart.all("PrometheusRule").first)
        let groups = rule["spec.groups"].items.map { group in
            let rules = group["rules"].items.filter { $0["alert"].text.map(cases.alerts.contains) ?? true }
            return YAMLTree.map(group.members.merging(["rules": .list(rules)]) { $1 })
        }.filter { !$0["rules"].items.isEmpty }.sorted { one, two in
            let (first, second) = (one["name"].text ?? "", two["name"].text ?? "")
            return (first.hasSuffix("-alerts") ? 1 : 0, first) < (second.hasSuffix("-alerts") ? 1 : 0, second)
        }
        try "{\"groups\": [\(groups.map(\.json).joined(separator: ",\n"))]}"
            .write(toFile: path, atomically: true, encoding: .utf8)
        return groups.compactMap { $0["name"].text }
    }
}
