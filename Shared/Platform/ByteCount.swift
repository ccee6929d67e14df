// SPDX-License-Identifier: Apache-2.0
// Martlet: a number of bytes as a type, so that no setting or limit is a bare number.

/// A number of bytes, written `4096`, `64KiB`, `10MB`, `2GiB`.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of bytes, zero or more.
    public let bytes: Int

    /// Wraps a number of bytes; negative numbers become zero.
    public init(_ bytes: Int) { self.bytes = max(0, bytes) }

    /// A number of KiB (1,024 bytes).
    public static func kibibytes(_ count: Int) -> ByteCount { ByteCount(count << 10) }
    /// A number of MiB (1,048,576 bytes).
    public static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
    /// A number of GiB (1,073,741,824 bytes).
    public static func gibibytes(_ count: Int) -> ByteCount { ByteCount(count << 30) }

    private static let units: [(String, Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ]

    /// Reads a whole number with an optional unit; nil for anything else, including overflow.
    public init?(parsing text: String) {
        var digits = Substring(text)
        var factor = 1
        if let unit = Self.units.first(where: { text.hasSuffix($0.0) }) {
            digits = text.dropLast(unit.0.count)
            factor = unit.1
        }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let count = Int(digits) else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    /// Orders by size.
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    /// The shortest exact form, such as `64KiB` or `1500B`.
    public var description: String {
        for (unit, factor) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= factor && bytes % factor == 0 {
            return "\(bytes / factor)\(unit)"
        }
        return "\(bytes)B"
    }
}
