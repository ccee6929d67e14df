// SPDX-License-Identifier: Apache-2.0
// Martlet: that the chart's schema refuses wrong values by name, and takes all that is allowed.

import TestSupport
import Testing

@Suite("The schema of the chart's values", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct RefusalTests {
    /// Helm's words for several values that are all wrong, by the chart that they are of: each begins with the place within that chart.
    private func refusals(_ values: HelmValue, _ version: Helm.Version = .three) async throws
        -> Refusals
    {
        var request = try ChartCase.named("prod").request(version)
        // Rules and dashboards are long, and what is asked here is not about them.
        request.values = HelmValue("monitoring", ["rules": ["enabled": false], "dashboards": ["enabled": false]])
            .merged(values)
        return Refusals(try await Helm.shared.value.refusal(request) ?? "")
    }

    @Test(arguments: Helm.Version.allCases)
    func aValueOfAnotherKindIsRefused(_ version: Helm.Version) async throws {
        let defaults = try YAMLTree(parsing: Repository.text("helm/martlet/values.yaml"))
        // A condition of Helm's own comes before its schema.
        let leaves = defaults.leaves(intoLists: false).filter { $0.path.last != "enabled" || $0.path.count > 2 }
        let wrong = leaves.reduce(HelmValue.map([:])) { values, leaf in
            values.merged(HelmValue(leaf.path, leaf.value.text == nil ? "wrong" : ["wrong"]))
        }
        let refusals = try await refusals(wrong, version)
        #expect(leaves.count > 300)
        for leaf in leaves where !Self.isFree(leaf.path) {
            #expect(refusals.name(leaf.path), "\(leaf.path.joined(separator: ".")) may be anything")
        }
    }

    @Test(arguments: Helm.Version.allCases)
    func anUnknownKeyIsRefusedAtEachLevel(_ version: Helm.Version) async throws {
        let defaults = try YAMLTree(parsing: Repository.text("helm/martlet/values.yaml"))
        let levels = Set(
            defaults.leaves(intoLists: false).flatMap { leaf in leaf.path.indices.map { Array(leaf.path[..<$0]) } }
        )
        .filter { path in
            !defaults.at(path).members.isEmpty && !Self.isFree(path + ["x"])
        }
        let wrong = levels.reduce(HelmValue.map([:])) { $0.merged(HelmValue($1 + ["misspelt"], "x")) }
        let refusals = try await refusals(wrong, version)
        #expect(levels.count > 100)
        for level in levels {
            #expect(
                refusals.name(level, "additional properties 'misspelt' not allowed"),
                "\(level) takes what nobody knows"
            )
        }
    }

    /// Maps of the operator's own, and objects of Kubernetes and of docs/health.md, which their owner checks.
    private static func isFree(_ path: some Collection<String>) -> Bool {
        let text = path.joined(separator: ".")
        return [
            "api.istio.trafficPolicy.", "api.autoscaling.behavior.scale", "worker.autoscaling.behavior.scale",
            "health.page.",
            "monitoring.dashboards.labels.x", "monitoring.dashboards.annotations.x", "api.resources.requests.x",
            "api.resources.limits.x",
        ]
        .contains { text.hasPrefix($0) } || ["requests.x", "limits.x"].contains { text.hasSuffix($0) }
    }

    @Test(arguments: WrongValue.all, Helm.Version.allCases)
    func aValueOutOfItsRangeIsRefused(_ wrong: WrongValue, _ version: Helm.Version) async throws {
        let refusals = try await refusals(wrong.values, version)
        #expect(refusals.name(wrong.place), "\(refusals.text)")
    }

    @Test(arguments: WrongValue.all)
    func whatIsAllowedThereIsTaken(_ wrong: WrongValue) async throws {
        for value in wrong.allowed {
            let refusals = try await refusals(HelmValue(wrong.path, value), .four)
            #expect(refusals.text == "", "\(wrong.path)")
        }
        #expect(!wrong.allowed.isEmpty)
    }

    @Test
    func freeMapsTakeAnything() async throws {
        let values = [
            "global.labels", "global.annotations", "global.pod.labels", "global.pod.nodeSelector",
            "api.serviceAccount.annotations",
            "monitoring.rules.labels", "monitoring.dashboards.labels", "namespace.quota.hard",
            "api.ingress.annotations",
        ].reduce(HelmValue.map([:])) { $0.merged(HelmValue("\($1).anything", "1")) }
        #expect(try await refusals(values).text == "")
    }
}

/// What Helm says of values that its schemas refuse.
struct Refusals {
    let text: String
    private let lines: [(chart: String, line: String)]

    init(_ text: String) {
        self.text = text
        var chart = ""
        var found: [(String, String)] = []
        for line in text.split(separator: "\n") {
            let words = line.drop { $0 == " " }
            if words.hasPrefix("- ") { found.append((chart, String(words))) } else { chart = String(words.dropLast()) }
        }
        lines = found
    }

    /// Whether a value is named, with these words.
    func name(_ path: some Collection<String>, _ words: String = "") -> Bool {
        let part = path.first.flatMap { ["api", "worker", "health", "backup"].contains($0) ? $0 : nil }
        let place = (part == nil ? Array(path) : Array(path.dropFirst())).map { "/\($0)" }.joined()
        return lines.contains { chart, line in
            chart == part ?? "martlet" && line.hasPrefix("- at '\(place)'") && line.contains(words)
        }
    }
}

extension HelmValue {
    /// A tree from the parts of a path, which may hold dots.
    init(_ path: some BidirectionalCollection<String>, _ value: HelmValue) {
        self = path.reversed().reduce(value) { .map([$1: $0]) }
    }
}
