// SPDX-License-Identifier: Apache-2.0
// Martlet: columns of text.

/// A table in plain text, its first row the heads.
enum TextTable {
    /// Columns named in `right` are aligned to the right.
    static func render(_ rows: [[String]], right: Set<Int> = []) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        var lines = rows.map { row in
            row.enumerated().map { column, text in
                let blanks = String(repeating: " ", count: widths[column] - text.count)
                return right.contains(column) ? blanks + text : text + blanks
            }.joined(separator: "  ").trimmedRight
        }
        if lines.count > 1 {
            lines.insert(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "), at: 1)
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmedRight: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
