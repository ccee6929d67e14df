// SPDX-License-Identifier: Apache-2.0
// Martlet: lists in OpenTelemetry's settings.

/// Reads `key=value,key=value` with percent-encoded values.
enum OTLPList {
    /// Nil when it is not such a list, or has more than 64 members.
    static func parse(_ text: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for member in text.split(separator: ",") {
            let member = String(member).trimmedWhitespace()
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: "=") else { return nil }
            let name = String(member[..<equals]).trimmedWhitespace()
            guard !name.isEmpty, pairs.count < 64,
                let value = decode(String(member[member.index(after: equals)...]).trimmedWhitespace())
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }

    /// Whether a name and a value may go into an HTTP request: no line ends, no control characters.
    static func isHeader(_ name: String, _ value: String) -> Bool {
        name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        } && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static func decode(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
