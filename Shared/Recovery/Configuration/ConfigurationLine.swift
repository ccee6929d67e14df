// SPDX-License-Identifier: Apache-2.0
// Martlet: one line of a configuration file.

/// A line that sets or includes something: a name, perhaps `=`, and a value, as PostgreSQL reads them.
struct ConfigurationLine: Hashable, Sendable {
    /// The name in lower case.
    let name: String
    /// The value without its quotes.
    let value: String

    /// Reads a line; nil for a comment, an empty line, and what is neither.
    init?(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...].drop(while: Self.isSpace)
        let name = rest.prefix(while: Self.isName)
        guard let first = name.first, first == 0x5F || first >= 0x80 || (0x41...0x5A).contains(first & 0xDF) else {
            return nil
        }
        rest = rest.dropFirst(name.count).drop(while: Self.isSpace)
        if rest.first == UInt8(ascii: "=") { rest = rest.dropFirst().drop(while: Self.isSpace) }
        guard let begin = rest.first, begin != UInt8(ascii: "#") else { return nil }
        self.name = String(decoding: name, as: UTF8.self).lowercased()
        guard begin == UInt8(ascii: "'") else {
            value = String(decoding: rest.prefix { !Self.isSpace($0) && $0 != UInt8(ascii: "#") }, as: UTF8.self)
            return
        }
        guard let text = Self.quoted(rest.dropFirst()) else { return nil }
        value = text
    }

    /// What stands before the closing quote; nil without one. A quote stands for itself when it is doubled or behind a
    /// backslash.
    private static func quoted(_ bytes: ArraySlice<UInt8>) -> String? {
        var (text, rest): ([UInt8], ArraySlice<UInt8>) = ([], bytes)
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "'"):
                guard rest.first == byte else { return String(decoding: text, as: UTF8.self) }
                text.append(byte)
                rest = rest.dropFirst()
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst() else { return nil }
                text.append(next)
            default: text.append(byte)
            }
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private static func isName(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte == 0x2E || byte == 0x24 || byte >= 0x80 || (0x30...0x39).contains(byte)
            || (0x41...0x5A).contains(byte & 0xDF)
    }
}
