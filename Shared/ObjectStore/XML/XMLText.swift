// SPDX-License-Identifier: Apache-2.0
// Martlet: texts within XML that we write.

extension String {
    /// The text with the characters that mean something to XML as entities.
    var xmlEscaped: String {
        var result = ""
        for character in unicodeScalars {
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
