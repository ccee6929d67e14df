// SPDX-License-Identifier: Apache-2.0
// Martlet: domain names as they go over the wire.

/// Labels of a domain name.
struct DNSName: Sendable, Equatable, CustomStringConvertible {
    let labels: [[UInt8]]

    /// Reads `a.b.c` with or without the last dot; nil for empty or too long labels.
    init?(_ text: String) {
        let bare = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = bare.isEmpty ? [] : bare.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ (1...63).contains($0.count) }), labels.reduce(1, { $0 + $1.count + 1 }) <= 255 else {
            return nil
        }
        self.labels = labels.map { Array($0) }
    }

    /// Reads a name out of a message, and moves `offset` behind it.
    ///
    /// A pointer may lead backwards only, and always further: so no chain of them goes on for ever.
    init(_ message: [UInt8], at offset: inout Int) throws(DNSFault) {
        var labels: [[UInt8]] = []
        var length = 1
        var position = offset
        var floor = offset
        var end: Int?
        while true {
            guard position < message.count else { throw DNSFault("a name runs over the end") }
            let byte = Int(message[position])
            switch byte & 0xC0 {
            case 0 where byte == 0:
                offset = end ?? position + 1
                self.labels = labels
                return
            case 0:
                guard position + 1 + byte <= message.count else { throw DNSFault("a name runs over the end") }
                length += byte + 1
                guard length <= 255 else { throw DNSFault("a name is longer than 255 bytes") }
                labels.append(Array(message[(position + 1)..<(position + 1 + byte)]))
                position += byte + 1
            case 0xC0:
                guard position + 1 < message.count else { throw DNSFault("a name runs over the end") }
                let target = (byte & 0x3F) << 8 | Int(message[position + 1])
                guard target < floor else { throw DNSFault("a compressed name loops") }
                end = end ?? position + 2
                floor = target
                position = target
            default: throw DNSFault("a name holds an unknown kind of label")
            }
        }
    }

    /// The name for the reverse look-up of an IP address.
    init(reversing address: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        if address.count == 4 {
            labels = address.reversed().map { Array("\($0)".utf8) } + [Array("in-addr".utf8), Array("arpa".utf8)]
        } else {
            let nibbles = address.reversed().flatMap { [[digits[Int($0 & 15)]], [digits[Int($0 >> 4)]]] }
            labels = nibbles + [Array("ip6".utf8), Array("arpa".utf8)]
        }
    }

    var wire: [UInt8] { labels.flatMap { [UInt8($0.count)] + $0 } + [0] }

    /// Without the last dot; bytes that are no letters of a name as `\ddd`.
    var description: String {
        guard !labels.isEmpty else { return "." }
        return labels.map { label in
            label.map { byte in
                switch byte {
                case 0x21...0x7E where byte != UInt8(ascii: ".") && byte != UInt8(ascii: "\\"):
                    String(Unicode.Scalar(byte))
                default: "\\" + String(repeating: "0", count: byte < 10 ? 2 : byte < 100 ? 1 : 0) + "\(byte)"
                }
            }.joined()
        }.joined(separator: ".")
    }

    /// The same name, whatever the case of its letters.
    func isSame(as other: DNSName) -> Bool {
        labels.count == other.labels.count
            && zip(labels, other.labels).allSatisfy { $0.map(Self.lower) == $1.map(Self.lower) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
