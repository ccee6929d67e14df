// SPDX-License-Identifier: Apache-2.0
// Martlet: the cases of infra/monitoring/prometheus/tests, moved into a namespace, with the opposite in another one beside them.

import FoundationEssentials

/// A file of cases for `promtool test rules`, in which every series has a label `namespace`; those that last for hours are left out, as
/// they would take a minute each and say nothing new of namespaces.
struct AlertCases {
    private struct Case {
        let alert: String
        let text: String
        let isQuiet: Bool

        /// Lines such as `- {series: 'up{job="martlet-api"}', values: '1x40'}`.
        var series: [Substring] { text.split(separator: "\n").filter { $0.contains("- {series: '") } }
    }

    private let head: String
    private let cases: [Case]

    init(_ text: String) {
        var blocks = text.components(separatedBy: "\n  - name: '")
        head = blocks.removeFirst().split(separator: "\n")
            .filter { $0.hasPrefix("evaluation_interval") || $0.hasPrefix("tests") }.joined(separator: "\n")
        cases = blocks.filter { !$0.contains(#/eval_time: [0-9]+h/#) }.map { block in
            Case(
                alert: String(block.prefix { $0 != ":" }),
                text: block,
                isQuiet: !block.contains(#/ value: [1-9]/#)
            )
        }
    }

    /// The alerts that it names anywhere.
    var alerts: Set<String> {
        Set(cases.flatMap { one in one.text.matches(of: #/\b(?:Martlet|Node)\w+/#).map { String($0.output) } })
    }

    /// The alerts that have the opposite beside them: what is quiet here has trouble there, and what fires here is well there.
    var besideTheOpposite: [String] { cases.filter { !opposite(of: $0).isEmpty }.map(\.alert) }

    /// The file, for rules at some paths whose groups are evaluated in an order.
    ///
    /// - Parameter isTold: Whether the alerts of the namespace alone are counted; else all of them.
    func moved(to namespace: String, beside other: String, rules: [String], order: [String], isTold: Bool) -> String {
        let blocks = cases.map { one in
            var text = Self.move(one.text, to: namespace)
            let lines = opposite(of: one).map { Self.move(String($0), to: other) + "\n" }.joined()
            text = text.replacing("    input_series:\n", with: "    input_series:\n\(lines)")
            if isTold { text = text.replacing("ALERTS{", with: "ALERTS{namespace=\"\(namespace)\",") }
            return "\n  - name: '\(text)"
        }
        let (files, groups) = (rules.joined(separator: ", "), order.joined(separator: ", "))
        return "rule_files: [\(files)]\ngroup_eval_order: [\(groups)]\n\(head)\(blocks.joined())\n"
    }

    /// The series of a case in which the same alert does the opposite; machines are in no namespace.
    private func opposite(of one: Case) -> [Substring] {
        guard !one.alert.hasPrefix("Node") else { return [] }
        return cases.first { $0.alert == one.alert && $0.isQuiet != one.isQuiet && !$0.series.isEmpty }?.series ?? []
    }

    private static func move(_ text: String, to namespace: String) -> String {
        text.replacing(#/series: '([A-Za-z_:][A-Za-z0-9_:]*)(\{?)/#) { found in
            let label = #"namespace="\#(namespace)""#
            return "series: '\(found.1){\(label)\(found.2.isEmpty ? "}" : ",")"
        }
    }
}
