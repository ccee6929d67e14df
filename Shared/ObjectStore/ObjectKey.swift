// SPDX-License-Identifier: Apache-2.0
// Martlet: the name of an object in a store.

/// A name such as `7312/wal/00000001/000000010000000000000003`: parts joined by `/`, the same in every kind of store.
///
/// Each part has 1 to 200 of the characters `A-Z a-z 0-9 . _ = -` and doesn't begin with a dot, so it is a file's name
/// everywhere and needs no escaping in a URL; at most 900 bytes together (S3 allows 1,024 with the store's prefix).
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The whole name.
    public let description: String

    /// Takes a name over; nil if it is not a valid one.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longest, !text.isEmpty else { return nil }
        for part in text.split(separator: "/", omittingEmptySubsequences: false) where !Self.isPart(part) { return nil }
        description = text
    }

    /// Bytes that a name may have.
    public static let longest = 900

    /// Whether a text may be one part of a name.
    public static func isPart(_ part: Substring) -> Bool {
        guard (1...200).contains(part.utf8.count), part.utf8.first != UInt8(ascii: ".") else { return false }
        return part.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "="),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// The last part.
    public var name: Substring { description.split(separator: "/").last ?? "" }

    /// Orders as stores list: by bytes.
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
