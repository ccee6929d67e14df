// SPDX-License-Identifier: Apache-2.0
// Martlet: metrics as docs/metrics.md lists them, and as a page shows them.

/// Metrics by name, with their types and label names.
struct MetricsTable {
    struct Row: Equatable {
        var type: String
        var labels: Set<String> = []
        /// Whether it is shown only once something has happened.
        var isOccasional = false
    }

    private(set) var rows: [String: Row] = [:]

    /// Reads the tables of a document: `| \`name\` | type | \`label\`, …: values | text |`.
    init(document: String) {
        for line in document.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { cell in
                cell.drop { $0 == " " }
            }
            guard cells.count >= 5 else { continue }
            let type = String(cells[2].prefix { $0 != " " })
            guard ["counter", "gauge", "histogram"].contains(type) else { continue }
            for name in Self.code(in: cells[1]) {
                rows[name] = Row(
                    type: type,
                    labels: Set(Self.code(in: cells[3].prefix { $0 != ":" })),
                    isOccasional: cells[4].contains("shown from the first on")
                )
            }
        }
    }

    /// Reads what a program shows, in the text format.
    init(page: String) {
        for line in page.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                rows[String(words[2])] = Row(type: String(words[3]))
            } else if !line.hasPrefix("#") {
                let shown = String(line.prefix { $0 != "{" && $0 != " " })
                let names =
                    [shown]
                    + ["_bucket", "_sum", "_count"].filter(shown.hasSuffix).map { String(shown.dropLast($0.count)) }
                guard let name = names.first(where: { rows[$0] != nil }) else { continue }
                for match in line.matches(of: /[{,]([a-z_]+)="/) where match.1 != "le" {
                    rows[name]?.labels.insert(String(match.1))
                }
            }
        }
    }

    private static func code(in cell: some StringProtocol) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map {
            String($0.element)
        }
    }
}
