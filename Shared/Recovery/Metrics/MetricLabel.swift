// SPDX-License-Identifier: Apache-2.0
// Martlet: a label that tells the metrics of one installation from those of others.

/// A label of what is pushed, such as `namespace=martlet`.
public struct MetricLabel: Sendable, Equatable {
    /// Letters, digits and `_`, none of them a digit at first, not two `_` at first; no label that our metrics have already.
    public let name: String
    /// 1 to 63 letters, digits, `.`, `_` and `-`, a letter or digit first, so that it needs no escapes in an address.
    public let value: String

    /// Reads `name=value`; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].utf8.first, !Self.isDigit(first),
            parts[0].utf8.allSatisfy({ Self.isWord($0) }), !parts[0].hasPrefix("__"),
            !Self.taken.contains(parts[0]),
            (1...63).contains(parts[1].utf8.count), let start = parts[1].utf8.first,
            ![0x2D, 0x2E, 0x5F].contains(start),
            parts[1].utf8.allSatisfy({ Self.isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { return nil }
        name = String(parts[0])
        value = String(parts[1])
    }

    /// What a group, a scrape or a metric of a run has already.
    private static let taken: Set<Substring> = ["instance", "job", "kind", "le", "result", "store", "system"]

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
