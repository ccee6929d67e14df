// SPDX-License-Identifier: Apache-2.0
// Martlet: texts of YAML that cost whoever reads them without a bound.

/// Small texts that stand for more than any memory holds.
public enum HostileYAML {
    /// Aliases of aliases in 12 lines, ten to each: whoever unfolds them makes 10 to the power of 12 values. The sixth passes 200,000.
    public static let aliasesOfAliases: String = {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let inner = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(inner)]\n"
        }
        return text
    }()
}
