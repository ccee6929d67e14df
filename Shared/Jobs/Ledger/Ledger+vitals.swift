// SPDX-License-Identifier: Apache-2.0
// Reading how the database is doing, from what the server counts anyway.

internal import Postgres

extension Ledger {
    private static let readVitals = PostgresStatement(
        "vitals_read",
        """
        SELECT t.n_live_tup, t.n_dead_tup, d.xact_commit, d.xact_rollback, d.deadlocks,
            pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8, pg_database_size(d.datid),
            coalesce((SELECT max(age(backend_xmin)) FROM pg_stat_activity), 0)::int8,
            (coalesce((SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity
                WHERE datid = d.datid AND backend_type = 'client backend'), 0) * 1000000)::int8,
            age(c.datfrozenxid)::int8
        FROM pg_stat_user_tables t, pg_stat_database d JOIN pg_database c ON c.oid = d.datid
        WHERE t.relid = 'job_live'::regclass AND d.datname = current_database()
        """,
        parameters: []
    )

    /// Asks the server for its figures.
    public func vitals() async throws(JobsError) -> LedgerVitals {
        let result = try await execute(Self.readVitals)
        guard result.rowCount == 1 else { throw JobsError(.internal, "the server has no statistics of the ledger") }
        return try decode { () throws(PostgresError) in
            LedgerVitals(
                liveRows: try result.int64(0, 0),
                deadRows: try result.int64(0, 1),
                commits: try result.int64(0, 2),
                rollbacks: try result.int64(0, 3),
                deadlocks: try result.int64(0, 4),
                walBytes: try result.int64(0, 5),
                size: try result.int64(0, 6),
                oldestSnapshotAge: try result.int64(0, 7),
                oldestTransaction: .microseconds(try result.int64(0, 8)),
                freezeAge: try result.int64(0, 9)
            )
        }
    }
}
