// SPDX-License-Identifier: Apache-2.0
// Martlet: what a logical restore did.

/// What was restored, and how long each step took.
public struct LogicalRestoreReport: Sendable {
    /// The steps of a restore.
    public enum Step: String, CaseIterable, Sendable {
        /// Roles, the database, the look whether it is empty.
        case preparation
        /// Tables and functions without indexes and constraints.
        case definitions
        /// Rows, sequences and large objects.
        case data
        /// Indexes, constraints, triggers, materialised views, statistics.
        case indexes
        /// The comparison with the inventory.
        case check
    }

    /// The database that was filled.
    public var database: String
    /// Tables with rows of their own.
    public var tables = 0
    /// Rows.
    public var rows = 0
    /// Bytes of rows as text.
    public var bytes = 0
    /// Statements about roles and tablespaces that were left out, each with its reason; without passwords.
    public var leftOut: [String] = []
    /// How long each step took.
    public var durations: [Step: Duration] = [:]
    /// Whether all rows were compared with the inventory.
    public var isChecked = false
}
