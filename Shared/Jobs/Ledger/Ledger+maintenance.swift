// SPDX-License-Identifier: Apache-2.0
// The leader's housekeeping: partitions, expired keys, counts.

internal import Postgres

extension Ledger {
    private static let makePartitions = PostgresStatement(
        "partitions_ensure",
        "SELECT ensure_partitions($1)",
        parameters: [.int4]
    )

    private static let dropPartitions = PostgresStatement(
        "partitions_drop",
        "SELECT drop_partitions($1)",
        parameters: [.int4]
    )

    private static let forgetKeys = PostgresStatement(
        "keys_forget",
        """
        WITH old AS (
            DELETE FROM idempotency WHERE key = ANY (ARRAY(
                SELECT key FROM idempotency WHERE expires_at < now() ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED))
            RETURNING 1),
        free AS (
            DELETE FROM unique_key WHERE key = ANY (ARRAY(
                SELECT key FROM unique_key WHERE expires_at < now() ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED))
            RETURNING 1),
        gone AS (DELETE FROM worker WHERE seen_at < now() - interval '1 day')
        SELECT (SELECT count(*) FROM old) + (SELECT count(*) FROM free)
        """,
        parameters: []
    )

    private static let foldTally = PostgresStatement(
        "tally_fold",
        """
        WITH old AS (
            DELETE FROM tally WHERE at < date_trunc('minute', now()) AND at <> date_trunc('minute', at)
                OR at < date_trunc('day', now()) - interval '1 day' AND at <> date_trunc('day', at) RETURNING *)
        INSERT INTO tally (at, queue_id, outcome, jobs)
        SELECT date_trunc(CASE WHEN at < date_trunc('day', now()) - interval '1 day' THEN 'day' ELSE 'minute' END, at),
            queue_id, outcome, sum(jobs)
        FROM old GROUP BY 1, 2, 3
        """,
        parameters: []
    )

    private static let sampleDepth = PostgresStatement(
        "depth_sample",
        """
        WITH live AS (
            SELECT queue_id, CASE WHEN state = 2 OR (lane >= 0 AND check_at <= now()) THEN 1 ELSE state END AS state,
                count(*) AS jobs, min(CASE WHEN lane >= 0 THEN check_at ELSE coalesce(dispatched_at, check_at) END) AS oldest_at
            FROM job_live GROUP BY 1, 2),
        counted AS (
            SELECT * FROM live UNION ALL
            SELECT id, 1, 0, NULL FROM queue WHERE NOT EXISTS (SELECT FROM live WHERE queue_id = queue.id AND state = 1)),
        cleared AS (
            DELETE FROM depth d WHERE NOT EXISTS (
                SELECT FROM counted c WHERE c.queue_id = d.queue_id AND c.state = d.state))
        INSERT INTO depth AS d (queue_id, state, jobs, oldest_at, sampled_at)
        SELECT queue_id, state, jobs, oldest_at, now() FROM counted
        ON CONFLICT (queue_id, state) DO UPDATE
            SET jobs = excluded.jobs, oldest_at = excluded.oldest_at, sampled_at = excluded.sampled_at
        """,
        parameters: []
    )

    /// Makes the partitions of the days to come; 7 by default.
    public func ensurePartitions(days: Int = 7) async throws(JobsError) {
        var bindings = PostgresBindings()
        bindings.append(Int32(days))
        _ = try await execute(Self.makePartitions, bindings)
    }

    /// Drops partitions of days longer ago than `days`, unless one of their jobs is unfinished; at least 1.
    public func dropPartitions(olderThan days: Int) async throws(JobsError) {
        var bindings = PostgresBindings()
        bindings.append(Int32(max(1, days)))
        // One day for each call, so that its locks are held briefly.
        while !Task.isCancelled {
            let result = try await execute(Self.dropPartitions, bindings)
            guard try decode({ () throws(PostgresError) in try result.int32(0, 0) }) > 0 else { return }
        }
    }

    /// Forgets expired idempotency keys, unique keys and workers, a bounded number at a time.
    public func forgetExpired() async throws(JobsError) {
        _ = try await execute(Self.forgetKeys)
    }

    /// Folds the counts of past minutes into one row a minute, queue and outcome, and those of past days into one a day.
    public func foldTallies() async throws(JobsError) {
        _ = try await execute(Self.foldTally)
    }

    /// Counts the unfinished jobs, once for all readers.
    public func sampleDepth() async throws(JobsError) {
        _ = try await execute(Self.sampleDepth)
    }
}
