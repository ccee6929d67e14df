// SPDX-License-Identifier: Apache-2.0
// Martlet: rows that were counted together.

/// A count and a digest that doesn't depend on the rows' order.
public struct WitnessRange: Hashable, Codable, Sendable {
    /// The key's column, and its first and last value as text; nil: all rows.
    public struct Bounds: Hashable, Codable, Sendable {
        /// The column, quoted where it must be.
        public var column: String
        /// The lowest value.
        public var first: String
        /// The highest value.
        public var last: String
    }

    /// Which rows; nil: all.
    public var bounds: Bounds?
    /// How many there were.
    public var rows: Int64
    /// The sum of the rows' 64-bit hashes, as decimal digits.
    public var digest: String

    /// Takes all over.
    public init(bounds: Bounds?, rows: Int64, digest: String) {
        self.bounds = bounds
        self.rows = rows
        self.digest = digest
    }
}
