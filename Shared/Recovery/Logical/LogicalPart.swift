// SPDX-License-Identifier: Apache-2.0
// Martlet: a piece of a table in a logical backup.

/// A part of a table.
public struct LogicalPart: Codable, Hashable, Sendable {
    /// The archive.
    public var archive: String
    /// Rows in it.
    public var rows: Int
    /// Bytes in it.
    public var bytes: Int
}
