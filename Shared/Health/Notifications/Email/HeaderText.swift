// SPDX-License-Identifier: Apache-2.0
// Martlet: foreign text in mail headers (RFC 2047).
internal import FoundationEssentials

/// Writes text so that no header can be smuggled in and every line stays short.
enum HeaderText {
    /// The value of an unstructured header: the text itself if it is short ASCII, else encoded words on lines of their own.
    static func unstructured(_ text: String, name: String) -> String {
        let line = text.singleLine(bytes: 500)
        let isShort = name.utf8.count + 2 + line.utf8.count <= 78
        return isPlain(line) && isShort ? line : encoded(line, firstLine: 75 - name.utf8.count - 2)
    }

    /// Printable ASCII that no reader takes for an encoded word.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
    }

    /// Encoded words of at most 75 characters, one a line; no character is cut apart.
    static func encoded(_ text: String, firstLine: Int = 60) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        // 12 characters are the frame `=?utf-8?B?` and `?=`; base64 turns 3 bytes into 4 characters.
        var room = max(9, (firstLine - 12) / 4 * 3)
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > room {
                words.append(word(chunk))
                chunk = []
                room = 45
            }
            chunk += bytes
        }
        if !chunk.isEmpty { words.append(word(chunk)) }
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?utf-8?B?\(Data(bytes).base64EncodedString())?=" }
}
