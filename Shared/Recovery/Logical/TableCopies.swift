// SPDX-License-Identifier: Apache-2.0
// Martlet: copies tables into archives, several at once.
internal import Platform
internal import Postgres
internal import Synchronization

/// Copies rows as text: binary formats may change between major versions and lack for some types, and text can be read
/// by people when nothing else is left.
struct TableCopies: Sendable {
    let options: LogicalOptions
    let writer: BackupWriter
    let encoding: String

    private struct Piece: Sendable {
        var table: Int
        var part: Int
        var range: Range<Int>?
        var archive: String
    }

    /// Copies all tables, the largest first, so that none of the sessions is left alone with a large one at the end.
    func run(_ tables: [SourceTable], _ sessions: [PostgresSession]) async throws(RecoveryError) -> [LogicalTable] {
        var pieces: [Piece] = []
        for (index, table) in tables.enumerated() {
            for (part, range) in table.ranges(of: options.partSize).enumerated() {
                let archive = table.archive(number: index + 1, part: part + 1)
                pieces.append(Piece(table: index, part: part, range: range, archive: archive))
            }
        }
        let sums = Mutex<[String: RowSum]>([:])
        try await WorkQueue(pieces).run(sessions) { (piece, session) throws(RecoveryError) in
            let sum = try await copy(piece, of: tables[piece.table], session)
            sums.withLock { $0[piece.archive] = sum }
            writer.progress.finishedFile()
        }
        let found = sums.withLock { $0 }
        return tables.enumerated().map { index, table in
            var whole = RowSum()
            var parts: [LogicalPart] = []
            for piece in pieces where piece.table == index {
                let sum = found[piece.archive] ?? RowSum()
                whole.add(sum)
                parts.append(LogicalPart(archive: piece.archive, rows: sum.rows, bytes: sum.bytes))
            }
            return LogicalTable(
                name: table.name,
                columns: table.columns,
                condition: table.condition,
                isOfExtension: table.isOfExtension,
                parts: parts,
                rows: whole.rows,
                sum: whole.digits
            )
        }
    }

    private func copy(
        _ piece: Piece,
        of table: SourceTable,
        _ session: PostgresSession
    ) async throws(RecoveryError) -> RowSum {
        guard let name = ArchiveName(piece.archive) else {
            throw RecoveryError(.internal, "\(piece.archive) is no name for an archive")
        }
        let archive = try await writer.archive(name)
        let sum = try await RowReader.read(table.copyOut(piece.range, encoding: encoding), in: session, of: table.name)
        {
            (rows) throws(RecoveryError) in try await archive.write(rows)
        }
        _ = try await archive.finish()
        return sum
    }
}
