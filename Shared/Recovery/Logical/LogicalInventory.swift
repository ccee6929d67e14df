// SPDX-License-Identifier: Apache-2.0
// Martlet: what a logical backup holds, table by table.

/// The archive `inventory.json`: what is in the backup, and what a restored database must come to.
///
/// Names in it are quoted for SQL and bear their schema.
public struct LogicalInventory: Codable, Hashable, Sendable {
    /// The version of this document, 1.
    public var format = 1
    /// The server's `server_version_num`.
    public var server: Int
    /// The major version of the `pg_dump` that wrote `schema.dump`; `pg_restore` must not be older.
    public var program: Int
    /// The database.
    public var database: LogicalDatabase
    /// The tables with data, the largest first.
    public var tables: [LogicalTable]
    /// Sequences and where they stand.
    public var sequences: [LogicalSequence]
    /// Materialised views with content, in the order in which they can be refreshed.
    public var views: [String]
    /// Whether there is an archive `large-objects.dump`.
    public var hasLargeObjects: Bool
    /// Whether there is an archive `globals.sql`.
    public var hasGlobals: Bool

    /// Rows of all tables.
    public var rows: Int { tables.reduce(0) { $0 + $1.rows } }

    static let archive = ArchiveName(fixed: "inventory.json")
    static let schemaArchive = ArchiveName(fixed: "schema.dump")
    static let globalsArchive = ArchiveName(fixed: "globals.sql")
    static let largeObjectsArchive = ArchiveName(fixed: "large-objects.dump")

    /// Reads it from a backup.
    /// - Throws: `.request` when the backup is not a logical one, `.damaged`, and what reading throws.
    public static func read(from backup: BackupReader) async throws(RecoveryError) -> LogicalInventory {
        guard backup.entry.method == .logical else {
            throw RecoveryError(.request, "\(backup.entry.id) is not a logical backup")
        }
        var bytes: [UInt8] = []
        try await backup.read(archive) { bytes += $0 }
        do throws(FormatFault) {
            let inventory = try JSONDocument.decode(LogicalInventory.self, from: bytes)
            guard inventory.format == 1 else {
                throw FormatFault("the inventory has version \(inventory.format); this program knows version 1")
            }
            return inventory
        } catch {
            throw error.error(in: backup.entry.path.entry)
        }
    }
}
