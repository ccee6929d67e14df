// SPDX-License-Identifier: Apache-2.0
// Martlet: foreign text made fit for one line of a reason.

extension String {
    /// Control characters as spaces, and at most `limit` characters, the last of them an ellipsis if something was cut.
    func oneLine(limit: Int) -> String {
        var text = ""
        var count = 0
        for character in self {
            guard count < limit else { return String(text.dropLast()) + "…" }
            let isControl = character.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
            text.append(isControl ? " " : character)
            count += 1
        }
        return text
    }

    /// The text in quotes, cut to 80 characters: how what was found is shown.
    var shown: String { "\"\(oneLine(limit: 80))\"" }
}
