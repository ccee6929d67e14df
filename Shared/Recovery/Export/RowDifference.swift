// SPDX-License-Identifier: Apache-2.0
// Martlet: what an import would change in one section.

/// Rows of an export against those that are here.
struct RowDifference<Row: ExportRow> {
    /// Those that are not here.
    private(set) var added: [Row] = []
    /// Those that are otherwise here, as the export has them.
    private(set) var changed: [Row] = []
    /// Those that the export does not have.
    private(set) var onlyHere: [Row] = []
    /// Those that are the same.
    private(set) var unchanged = 0

    init(given: [Row], here: [Row]) {
        let known = Dictionary(here.map { ($0.key, $0) }) { first, _ in first }
        var seen: Set<String> = []
        for row in given where seen.insert(row.key).inserted {
            guard let other = known[row.key] else {
                added.append(row)
                continue
            }
            if other == row { unchanged += 1 } else { changed.append(row) }
        }
        onlyHere = here.filter { !seen.contains($0.key) }
    }
}
