// SPDX-License-Identifier: Apache-2.0
// Martlet: foreign text as one line of bounded length.

extension String {
    /// One line of at most so many bytes of UTF-8: line ends and controls become spaces, and what is cut off leaves an ellipsis.
    ///
    /// Marks that turn the direction of writing are controls too: with them a name could make the text around it read otherwise.
    func singleLine(bytes limit: Int) -> String {
        var line = String.UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            let isControl =
                scalar.properties.generalCategory == .control
                || [.lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
                || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            line.append(isControl ? " " : scalar)
            count += UTF8.width(scalar)
            if count > limit { break }
        }
        return String(line).cut(bytes: limit)
    }

    /// At most so many bytes of UTF-8; whole characters are cut off, and an ellipsis stands for them.
    func cut(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var kept = Substring()
        var count = 3
        for index in indices {
            count += self[index].utf8.count
            guard count <= limit else { break }
            kept = self[...index]
        }
        return kept + "…"
    }
}
