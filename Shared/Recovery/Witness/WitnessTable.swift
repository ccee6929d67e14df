// SPDX-License-Identifier: Apache-2.0
// Martlet: what was seen of one table.

/// Rows of one table, or of one partition, below the witness' horizon.
public struct WitnessTable: Hashable, Codable, Sendable {
    /// `schema.table`, each part quoted where it must be.
    public var name: String
    /// The partitioned table that it belongs to; nil for others.
    public var parent: String?
    /// The columns that are digested, in order; columns that are added later don't matter.
    public var columns: [String]
    /// What was counted: the whole table, or some ranges of its key.
    public var ranges: [WitnessRange]

    /// Takes all over.
    public init(name: String, parent: String?, columns: [String], ranges: [WitnessRange]) {
        self.name = name
        self.parent = parent
        self.columns = columns
        self.ranges = ranges
    }
}
