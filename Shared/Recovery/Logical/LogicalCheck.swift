// SPDX-License-Identifier: Apache-2.0
// Martlet: compares a database with the inventory of a backup.
internal import Platform
public import Postgres
internal import Synchronization

/// Reads all tables of a restored database and compares them with what the backup's snapshot had.
public struct LogicalCheck: Sendable {
    /// A table that is not as it was.
    public struct Difference: Hashable, Sendable, CustomStringConvertible {
        /// The table, quoted, with its schema.
        public var table: String
        /// Rows that it should have.
        public var expected: Int
        /// Rows that it has; nil when there is no such table.
        public var found: Int?

        /// A short sentence.
        public var description: String {
            guard let found else { return "\(table) is missing" }
            return found == expected
                ? "\(table) has \(found) rows, but others" : "\(table) has \(found) rows instead of \(expected)"
        }
    }

    let configuration: PostgresConfiguration
    let sessions: Int
    private static let partSize = ByteCount.mebibytes(256)

    /// A check with some sessions at once; nothing is done yet.
    public init(_ configuration: PostgresConfiguration, sessions: Int = 2) {
        var settings = configuration
        settings.applicationName = "martlet-check"
        self.configuration = settings
        self.sessions = min(32, max(1, sessions))
    }

    /// Compares all tables of the inventory; none may be written to meanwhile.
    /// - Returns: the differences by name; empty when all rows are there.
    public func differences(from inventory: LogicalInventory) async throws(RecoveryError) -> [Difference] {
        let loop = EventLoop(name: "check")
        defer { loop.shutdown() }
        var open: [PostgresSession] = []
        do throws(RecoveryError) {
            for _ in 0..<sessions {
                open.append(try await LogicalSession.connect(configuration, lockTimeout: .seconds(60), on: loop))
            }
            let found = try await compare(inventory, open)
            for session in open { await session.close() }
            return found
        } catch {
            for session in open { await session.close() }
            throw error
        }
    }

    private func compare(
        _ inventory: LogicalInventory,
        _ sessions: [PostgresSession]
    ) async throws(RecoveryError) -> [Difference] {
        let there = try await DatabaseLook(session: sessions[0]).tables()
        var sources: [String: SourceTable] = [:]
        for table in there { sources[table.name] = table }
        var pieces: [(table: Int, sql: String)] = []
        for (index, table) in inventory.tables.enumerated() {
            guard var source = sources[table.name] else { continue }
            source.columns = table.columns
            source.condition = table.condition
            for range in source.ranges(of: Self.partSize) {
                pieces.append((index, source.copyOut(range, encoding: inventory.database.encoding)))
            }
        }
        let sums = Mutex<[Int: RowSum]>([:])
        try await WorkQueue(pieces).run(sessions) { (piece, session) throws(RecoveryError) in
            let sum = try await RowReader.read(piece.sql, in: session, of: inventory.tables[piece.table].name)
            sums.withLock { $0[piece.table, default: RowSum()].add(sum) }
        }
        let found = sums.withLock { $0 }
        return inventory.tables.enumerated().compactMap { index, table in
            guard let sum = found[index] else {
                return Difference(table: table.name, expected: table.rows, found: nil)
            }
            guard sum.rows != table.rows || sum.digits != table.sum else { return nil }
            return Difference(table: table.name, expected: table.rows, found: sum.rows)
        }.sorted { $0.table < $1.table }
    }
}
