// SPDX-License-Identifier: Apache-2.0
// Martlet: a table for a terminal.

/// Rows of cells, each column as wide as its widest cell.
struct TextTable: CustomStringConvertible {
    private var rows: [[String]]

    /// Begins with a row of headings.
    init(_ headings: [String]) { rows = [headings] }

    /// Adds a row; characters that would steer the terminal are replaced.
    mutating func add(_ cells: [String]) {
        rows.append(
            cells.map { cell in
                String(String.UnicodeScalarView(cell.unicodeScalars.map { Self.isShown($0) ? $0 : "?" }))
            }
        )
    }

    /// The lines, each with its end.
    var description: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column + 1 < row.count else { continue }
                line += String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
