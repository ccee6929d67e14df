// SPDX-License-Identifier: Apache-2.0
// Martlet: a position in PostgreSQL's write-ahead log.

/// A byte's position in the write-ahead log, written `16/B374D848`: two hexadecimal halves of 32 bits.
public struct LSN: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Bytes since the log's beginning; 0 is no position.
    public let value: UInt64

    /// Wraps a number of bytes.
    public init(_ value: UInt64) { self.value = value }

    /// Reads `16/B374D848`; nil if it is none.
    public init?(_ text: some StringProtocol) {
        let halves = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard halves.count == 2, let high = Self.half(halves[0]), let low = Self.half(halves[1]) else { return nil }
        value = UInt64(high) << 32 | UInt64(low)
    }

    /// No position.
    public static let none = LSN(0)

    private static func half(_ digits: some Collection<UInt8>) -> UInt32? {
        guard (1...8).contains(digits.count) else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }

    /// As PostgreSQL writes it.
    public var description: String {
        "\(String(value >> 32, radix: 16, uppercase: true))/\(String(UInt32(truncatingIfNeeded: value), radix: 16, uppercase: true))"
    }

    /// Orders by position.
    public static func < (left: LSN, right: LSN) -> Bool { left.value < right.value }

    /// The position some bytes later.
    public static func + (left: LSN, bytes: Int) -> LSN { LSN(left.value &+ UInt64(bytes)) }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let lsn = LSN(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a position in the log")
        }
        self = lsn
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
