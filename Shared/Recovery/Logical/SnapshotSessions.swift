// SPDX-License-Identifier: Apache-2.0
// Martlet: sessions that see the same moment of a database and hold the same locks.
internal import Logging
internal import Postgres

/// A leader, whose snapshot it is, and workers that share it.
///
/// All of them lock the tables before the snapshot is taken (a LOCK takes none): so no ALTER can come between the snapshot
/// and the lock, and no worker waits later for a lock behind an ALTER that waits for the leader's. Only tables with rows
/// are locked; a partitioned parent is not, so that partitions can be attached to it meanwhile.
struct SnapshotSessions: Sendable {
    let leader: PostgresSession
    let workers: [PostgresSession]
    /// The snapshot's name for `pg_dump --snapshot` and `SET TRANSACTION SNAPSHOT`.
    let name: String
    /// When it was taken.
    let taken: ContinuousClock.Instant
    /// The locked tables' ids.
    let locked: Set<Int64>

    private static let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    private static let tables = """
        \(DatabaseLook.own)
        SELECT c.oid::int8, format('%I.%I', n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN config f ON f.id = c.oid LEFT JOIN member m ON m.objid = c.oid
        WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND (m.objid IS NULL OR f.id IS NOT NULL)
        ORDER BY c.oid
        """
    /// Tables locked by one statement.
    private static let batch = 500

    /// Connects, locks and takes the snapshot; whatever was opened is closed when that fails.
    static func open(
        _ configuration: PostgresConfiguration,
        _ options: LogicalOptions,
        on loop: EventLoop
    ) async throws(RecoveryError) -> SnapshotSessions {
        var sessions: [PostgresSession] = []
        do throws(RecoveryError) {
            for _ in 0...options.sessions {
                sessions.append(
                    try await LogicalSession.connect(configuration, lockTimeout: options.lockTimeout, on: loop)
                )
            }
            let (leader, workers) = (sessions[0], Array(sessions.dropFirst()))
            let limit = options.lockTimeout + .seconds(60)
            do throws(PostgresError) {
                let found = try await leader.execute(PostgresStatement("", tables), deadline: limit)
                var names: [String] = []
                var ids: Set<Int64> = []
                for row in 0..<found.rowCount {
                    ids.insert(try found.int64(row, 0))
                    names.append(try found.string(row, 1))
                }
                for session in sessions { try await lock(names, in: session, limit) }
                let exported = try await leader.simpleQuery("SELECT pg_export_snapshot()", deadline: limit)
                guard let result = exported.first else { throw PostgresError(.decoding, "no snapshot") }
                let name = try result.string(0, 0)
                let taken = ContinuousClock.now
                for worker in workers {
                    try await worker.simpleQuery("SET TRANSACTION SNAPSHOT '\(name)'", deadline: limit)
                }
                return SnapshotSessions(leader: leader, workers: workers, name: name, taken: taken, locked: ids)
            } catch {
                throw RecoveryError(error)
            }
        } catch {
            for session in sessions { await session.close() }
            throw error
        }
    }

    private static func lock(
        _ tables: [String],
        in session: PostgresSession,
        _ limit: Duration
    ) async throws(PostgresError) {
        try await session.simpleQuery(begin, deadline: limit)
        var rest = tables[...]
        while !rest.isEmpty {
            let list = rest.prefix(batch).map { "ONLY \($0)" }.joined(separator: ", ")
            try await session.simpleQuery("LOCK TABLE \(list) IN ACCESS SHARE MODE", deadline: limit)
            rest = rest.dropFirst(batch)
        }
    }

    /// Closes all sessions, which lets the snapshot and the locks go.
    func close() async {
        for session in [leader] + workers { await session.close() }
    }
}
