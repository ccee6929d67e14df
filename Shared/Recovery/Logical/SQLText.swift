// SPDX-License-Identifier: Apache-2.0
// Martlet: names and texts within SQL.

/// Quotes for statements that take no parameters.
enum SQLText {
    /// A text as a literal; `standard_conforming_strings` is on in all our sessions.
    static func literal(_ text: String) -> String { "'" + doubled(text, "'") + "'" }

    /// A name as an identifier.
    static func name(_ text: String) -> String { "\"" + doubled(text, "\"") + "\"" }

    private static func doubled(_ text: String, _ quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(scalar)
            if scalar == quote { result.append(quote) }
        }
        return String(result)
    }
}
