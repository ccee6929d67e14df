// SPDX-License-Identifier: Apache-2.0
// Martlet: a table in a logical backup.

/// A table and its rows.
public struct LogicalTable: Codable, Hashable, Sendable {
    /// Its name, quoted, with its schema.
    public var name: String
    /// The columns that are copied, quoted: all but generated ones.
    public var columns: [String]
    /// The condition of an extension's configuration table, as `WHERE …`; the other rows are the extension's own.
    public var condition: String?
    /// Whether it belongs to an extension, whose script makes it.
    public var isOfExtension: Bool
    /// Its parts, each an archive in COPY's text format.
    public var parts: [LogicalPart]
    /// Rows in the snapshot.
    public var rows: Int
    /// The sum of the hashes of its rows in hexadecimal digits: modulo 2^64, XXH64 of each row in COPY's text format.
    public var sum: String
}
