// SPDX-License-Identifier: Apache-2.0
// Martlet: a label that tells the metrics of one installation from those of others.

/// A label of what is pushed, such as `namespace=martlet`.
public struct MetricLabel: Sendable, Equatable {
    /// Letters, digits and `_`, none of them a digit at first; not `job`, `system` or `kind`, which a group has already.
    public let name: String
    /// 1 to 63 letters, digits, `.`, `_` and `-`, so that it needs no escapes in an address.
    public let value: String

    /// Reads `name=value`; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].utf8.first, !Self.isDigit(first),
            parts[0].utf8.allSatisfy({ Self.isWord($0) }), !["job", "system", "kind"].contains(parts[0]),
            (1...63).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy({ Self.isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { return nil }
        name = String(parts[0])
        value = String(parts[1])
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
