// SPDX-License-Identifier: Apache-2.0
// Martlet: which texts names may begin with.

extension ObjectKey {
    /// Whether a name can begin with a text; the empty text begins all.
    public static func mayBegin(_ prefix: String) -> Bool {
        let parts = prefix.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, parts.dropLast().allSatisfy({ isPart($0) }) else { return prefix.isEmpty }
        return last.isEmpty || isPart(last)
    }
}
