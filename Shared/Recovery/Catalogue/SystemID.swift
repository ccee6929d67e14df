// SPDX-License-Identifier: Apache-2.0
// Martlet: which database cluster a backup is of.

/// PostgreSQL's system identifier, made by initdb: the same for a primary, its standbys and what is restored from it.
public struct SystemID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public let value: UInt64

    /// Wraps the number.
    public init(_ value: UInt64) { self.value = value }

    /// Reads the decimal digits that PostgreSQL shows; nil if they are none.
    public init?(_ text: String) {
        guard let value = UInt64(text), String(value) == text else { return nil }
        self.value = value
    }

    /// The decimal digits.
    public var description: String { String(value) }

    /// Orders by number.
    public static func < (left: SystemID, right: SystemID) -> Bool { left.value < right.value }
}
