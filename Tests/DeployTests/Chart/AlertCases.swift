// SPDX-License-Identifier: Apache-2.0
// Martlet: the cases of infra/monitoring/prometheus/tests, moved into a namespace, with another installation's trouble beside them.

import FoundationEssentials

/// A file of cases for `promtool test rules`, in which every series has a label `namespace`; those that last for days are left out, as they
/// would take a minute each and say nothing new of namespaces.
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
        cases = blocks.filter { !$0.contains(#/eval_time: [0-9]{2,}h/#) }.map { block in
            Case(
                alert: String(block.prefix { $0 != ":" }),
                text: block,
                isQuiet: !block.contains(#/ value: [1-9]/#)
            )
        }
    }

    /// The alerts that stay quiet here while the other namespace has what makes them fire.
    var besideTrouble: [String] { cases.filter { $0.isQuiet && trouble(for: $0) != nil }.map(\.alert) }

    /// The file, for rules at a path whose groups are evaluated in an order.
    func moved(to namespace: String, beside other: String, rules: String, order: [String]) -> String {
        let blocks = cases.map { one in
            var text = Self.move(one.text, to: namespace)
            if one.isQuiet, let trouble = trouble(for: one) {
                let lines = trouble.map { Self.move(String($0), to: other) }.joined(separator: "\n")
                text = text.replacing("    input_series:\n", with: "    input_series:\n\(lines)\n")
            }
            return "\n  - name: '\(text)"
        }
        return
            "rule_files: [\(rules)]\ngroup_eval_order: [\(order.joined(separator: ", "))]\n\(head)\(blocks.joined())\n"
    }

    /// The series by which a case's alert fires elsewhere in the file; machines are in no namespace.
    private func trouble(for quiet: Case) -> [Substring]? {
        guard !quiet.alert.hasPrefix("Node") else { return nil }
        return cases.first { $0.alert == quiet.alert && !$0.isQuiet && !$0.series.isEmpty }?.series
    }

    private static func move(_ text: String, to namespace: String) -> String {
        text.replacing(#/series: '([A-Za-z_:][A-Za-z0-9_:]*)(\{?)/#) { found in
            let label = #"namespace="\#(namespace)""#
            return "series: '\(found.1){\(label)\(found.2.isEmpty ? "}" : ",")"
        }
    }
}
