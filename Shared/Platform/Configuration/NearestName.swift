// SPDX-License-Identifier: Apache-2.0
// Martlet: finds the known name that a misspelt one most likely meant.

/// "Did you mean" by edit distance.
public enum NearestName {
    /// The nearest candidate, if it differs by at most a third of the name's letters (and at most 4); ties by alphabet.
    public static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let limit = min(4, name.utf8.count / 3)
        return candidates.map { (distance(name, $0), $0) }.filter { $0.0 <= limit }.min { $0 < $1 }?.1
    }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each.
    static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left.utf8)
        let b = Array(right.utf8)
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var before = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                row[j] = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], before[j - 2] + 1) }
            }
            (before, previous) = (previous, row)
        }
        return previous[b.count]
    }
}
