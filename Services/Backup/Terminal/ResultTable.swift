// SPDX-License-Identifier: Apache-2.0
// Martlet: rows for people.

/// Cells in columns that are as wide as their widest cell.
struct ResultTable: CustomStringConvertible {
    private var rows: [[String]]

    /// Begins with headings.
    init(_ headings: [String]) { rows = [headings] }

    /// Adds a row; what would steer the terminal becomes `?`.
    mutating func add(_ cells: [String]) {
        rows.append(cells.map { cell in String(cell.map { $0.isNewline || Self.steers($0) ? "?" : $0 }) })
    }

    /// The lines, each with its end.
    var description: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private static func steers(_ character: Character) -> Bool {
        character.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
            default: false
            }
        }
    }
}
