// SPDX-License-Identifier: Apache-2.0
// Martlet: fills tables from archives, several at once.
internal import Postgres
internal import Synchronization

/// Copies rows in, one transaction for each table or, with large tables, for each part.
///
/// A table of one part is emptied and filled in one transaction, so that its rows can be frozen at once: vacuum has
/// nothing to do later, and with `wal_level = minimal` nothing is logged.
struct TableFill: Sendable {
    let backup: BackupReader
    let encoding: String

    private struct Piece: Sendable {
        var table: LogicalTable
        var part: LogicalPart
        var isWhole: Bool { table.parts.count == 1 && !table.isOfExtension }
    }

    /// Fills all tables, the largest pieces first.
    func run(_ tables: [LogicalTable], _ sessions: [PostgresSession]) async throws(RecoveryError) {
        let pieces = tables.flatMap { table in table.parts.map { Piece(table: table, part: $0) } }
            .filter { $0.part.rows > 0 }.sorted { $0.part.bytes > $1.part.bytes }
        try await WorkQueue(pieces).run(sessions) { (piece, session) throws(RecoveryError) in
            try await fill(piece, session)
        }
    }

    private func fill(_ piece: Piece, _ session: PostgresSession) async throws(RecoveryError) {
        let table = piece.table
        guard let archive = ArchiveName(piece.part.archive) else {
            throw RecoveryError(.damaged, "the inventory names an archive that can't be: \(piece.part.archive)")
        }
        let columns = table.columns.isEmpty ? "" : " (\(table.columns.joined(separator: ", ")))"
        let freeze = piece.isWhole ? ", FREEZE" : ""
        let sql = "COPY \(table.name)\(columns) FROM STDIN (FORMAT text, ENCODING '\(encoding)'\(freeze))"
        let count: Int
        do throws(PostgresError) {
            if piece.isWhole { try await session.simpleQuery("BEGIN; TRUNCATE TABLE ONLY \(table.name)") }
            count = try await session.copyIn(sql) { copy throws(PostgresError) in
                do throws(RecoveryError) {
                    try await backup.read(archive) { bytes throws(RecoveryError) in
                        do throws(PostgresError) { try await copy.write(bytes) } catch { throw RecoveryError(error) }
                    }
                } catch {
                    throw PostgresError(.closed, "the archive can't be read", cause: error)
                }
            }
            if piece.isWhole { try await session.simpleQuery("COMMIT") }
        } catch {
            throw RecoveryError(error, "table \(table.name) can't be filled")
        }
        guard count == piece.part.rows else {
            throw RecoveryError(.damaged, "\(count) rows of \(table.name) were restored, not \(piece.part.rows)")
        }
    }
}
