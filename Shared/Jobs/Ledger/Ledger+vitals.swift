// SPDX-License-Identifier: Apache-2.0
// Reading how the database is doing, from what the server counts anyway.

internal import Postgres

extension Ledger {
    private static let readVitals = PostgresStatement(
        "vitals_read",
        """
        SELECT t.n_live_tup, t.n_dead_tup, d.xact_commit, d.xact_rollback, d.deadlocks,
            CASE WHEN to_regproc('aurora_version') IS NULL THEN pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8 END,
            pg_database_size(d.datid),
            coalesce(greatest(
                (SELECT max(age(backend_xmin)) FROM pg_stat_activity
                    WHERE (datid = d.datid OR backend_type = 'walsender') AND backend_type IS DISTINCT FROM 'autovacuum worker'),
                (SELECT max(greatest(age(xmin), age(catalog_xmin))) FROM pg_replication_slots),
                (SELECT max(age(transaction)) FROM pg_prepared_xacts WHERE database = d.datname)), 0)::int8,
            (coalesce((SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity
                WHERE datid = d.datid AND backend_type = 'client backend'), 0) * 1000000)::int8,
            (SELECT max(age(datfrozenxid)) FROM pg_database)::int8,
            (SELECT (greatest(extract(epoch FROM now() - expires_at), 0) * 1000000)::int8 FROM leader WHERE isfinite(expires_at))
        FROM pg_stat_user_tables t, pg_stat_database d
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
                walBytes: try result.optionalInt64(0, 5),
                size: try result.int64(0, 6),
                oldestSnapshotAge: try result.int64(0, 7),
                oldestTransaction: .microseconds(try result.int64(0, 8)),
                freezeAge: try result.int64(0, 9),
                leaderless: try result.optionalInt64(0, 10).map { .microseconds($0) }
            )
        }
    }
}
