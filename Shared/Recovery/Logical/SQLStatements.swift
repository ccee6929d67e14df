// SPDX-License-Identifier: Apache-2.0
// Martlet: cuts a script of PostgreSQL's programs into statements.

/// Splits at semicolons outside of quotes, dollar quotes and comments; lines for psql (`\restrict`) are dropped.
enum SQLStatements {
    /// The statements without their semicolons, comments before them included.
    static func split(_ script: String) -> [String] {
        let text = Array(script.utf8)
        var statements: [String] = []
        var current: [UInt8] = []
        var place = 0
        func isBlank(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 <= 0x20 } }
        while place < text.count {
            let byte = text[place]
            if byte == UInt8(ascii: "\\"), isBlank(current) {
                place = (text[place...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count - 1) + 1
                continue
            }
            if byte == UInt8(ascii: "-"), place + 1 < text.count, text[place + 1] == byte {
                place = text[place...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
                continue
            }
            if byte == UInt8(ascii: ";") {
                if !isBlank(current) { statements.append(trimmed(current)) }
                current = []
                place += 1
                continue
            }
            let end = endOfQuote(text, place, hasEscapes: current.last.map { $0 | 0x20 == UInt8(ascii: "e") } ?? false)
            current += text[place..<end]
            place = end
        }
        if !isBlank(current) { statements.append(trimmed(current)) }
        return statements
    }

    /// Where the quote that begins at `place` ends; the next byte when none begins there.
    private static func endOfQuote(_ text: [UInt8], _ place: Int, hasEscapes: Bool) -> Int {
        let quote = text[place]
        if quote == UInt8(ascii: "$") {
            let tag = text[(place + 1)...].prefix { $0 == UInt8(ascii: "_") || $0 >= 0x80 || isAlphanumeric($0) }
            let close = place + 1 + tag.count
            guard close < text.count, text[close] == quote else { return place + 1 }
            let mark = Array(text[place...close])
            return text[(close + 1)...].firstRange(of: mark)?.upperBound ?? text.count
        }
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return place + 1 }
        var place = place + 1
        while place < text.count {
            if text[place] == UInt8(ascii: "\\"), hasEscapes, quote == UInt8(ascii: "'") {
                place += 2
                continue
            }
            place += 1
            if text[place - 1] == quote {
                // A doubled quote is a quote within.
                guard place < text.count, text[place] == quote else { return place }
                place += 1
            }
        }
        return text.count
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed(), as: UTF8.self)
    }

    /// The first words of a statement: identifiers without quotes, everything else as it is written in capitals.
    static func words(_ statement: String, limit: Int = 64) -> [String] {
        var words: [String] = []
        var rest = Array(statement.unicodeScalars)[...]
        while words.count < limit {
            rest = rest.drop { $0.properties.isWhitespace || $0 == "," }
            guard let first = rest.first else { break }
            guard first == "\"" else {
                let word = rest.prefix { !$0.properties.isWhitespace && $0 != "," }
                words.append(String(String.UnicodeScalarView(word)))
                rest = rest.dropFirst(word.count)
                continue
            }
            rest = rest.dropFirst()
            var name = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                if scalar == "\"" {
                    guard rest.first == "\"" else { break }
                    rest = rest.dropFirst()
                }
                name.append(scalar)
            }
            words.append(String(name))
        }
        return words
    }
}
