// SPDX-License-Identifier: Apache-2.0
// Recording new jobs: one statement for any number of them.

internal import Postgres

extension Ledger {
    /// The statement for jobs with nothing but kind, arguments and options: the common case, with the fewest columns to unnest.
    static let enqueuePlain = PostgresStatement(
        "job_enqueue_plain",
        """
        WITH base AS MATERIALIZED (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint << 20 AS floor),
        new AS MATERIALIZED (
            SELECT base.floor | (nextval('job_sequence') & 1048575) AS id, t.*
            FROM base, unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY
                AS t (queue_id, priority, kind, args, options, dispatched, delay_us, ord)),
        payload AS (
            INSERT INTO job (id, queue_id, priority, kind, args, options)
            SELECT id, queue_id, priority, kind, args, options FROM new),
        live AS (
            INSERT INTO job_live (id, check_at, dispatched_at, lane, queue_id, generation, priority, state)
            SELECT id, now() + delay_us * interval '1 microsecond', CASE WHEN dispatched THEN now() END,
                CASE WHEN dispatched THEN -1 ELSE queue_id * 10 + priority END, queue_id,
                CASE WHEN dispatched THEN $8 ELSE 0 END, priority,
                CASE WHEN dispatched THEN 2 WHEN delay_us > 0 THEN 0 ELSE 1 END
            FROM new)
        SELECT id FROM new ORDER BY ord
        """,
        parameters: [
            .int4Array, .int2Array, .textArray, .textArray, .textArray, .boolArray, .int8Array, .int4,
        ]
    )

    /// The statement for everything: tags, metadata, times of day, unique keys, and the idempotency key of the whole request ($13, or null), whose
    /// row an earlier statement of the same transaction made.
    static let enqueueFull = PostgresStatement(
        "job_enqueue_full",
        """
        WITH base AS MATERIALIZED (
            SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint << 20 AS floor
            WHERE $13::text IS NULL OR EXISTS (SELECT FROM idempotency WHERE key = $13 AND job_ids = '{}')),
        input AS MATERIALIZED (
            SELECT base.floor | (nextval('job_sequence') & 1048575) AS id, t.*
            FROM base, unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) WITH ORDINALITY
                AS t (queue_id, priority, kind, args, options, dispatched, delay_us, due_at, tags, metadata, unique_key,
                    unique_for_us, ord)),
        claimed AS (
            INSERT INTO unique_key AS u (key, job_id, expires_at)
            SELECT unique_key, id,
                CASE WHEN unique_for_us IS NULL THEN 'infinity' ELSE now() + unique_for_us * interval '1 microsecond' END
            FROM input WHERE unique_key IS NOT NULL ORDER BY unique_key
            ON CONFLICT (key) DO UPDATE SET
                job_id = CASE WHEN u.expires_at <= now() THEN excluded.job_id ELSE u.job_id END,
                expires_at = CASE WHEN u.expires_at <= now() THEN excluded.expires_at ELSE u.expires_at END
            RETURNING u.key, u.job_id),
        answer AS MATERIALIZED (
            SELECT i.*, coalesce(c.job_id, i.id) AS final_id
            FROM input i LEFT JOIN claimed c ON c.key = i.unique_key),
        payload AS (
            INSERT INTO job (id, queue_id, priority, kind, args, options, tags, metadata, unique_key)
            SELECT id, queue_id, priority, kind, args, options, tags::text[], metadata, unique_key
            FROM answer WHERE id = final_id),
        live AS (
            INSERT INTO job_live (id, check_at, dispatched_at, lane, queue_id, generation, priority, state)
            SELECT id, coalesce(due_at, now()) + delay_us * interval '1 microsecond', CASE WHEN dispatched THEN now() END,
                CASE WHEN dispatched THEN -1 ELSE queue_id * 10 + priority END, queue_id,
                CASE WHEN dispatched THEN $14 ELSE 0 END, priority,
                CASE WHEN dispatched THEN 2 WHEN delay_us > 0 OR due_at > now() THEN 0 ELSE 1 END
            FROM answer WHERE id = final_id),
        remembered AS (
            UPDATE idempotency SET job_ids = (SELECT array_agg(final_id ORDER BY ord) FROM answer)
            WHERE key = $13 AND EXISTS (SELECT FROM answer))
        SELECT final_id, final_id <> id FROM answer ORDER BY ord
        """,
        parameters: [
            .int4Array, .int2Array, .textArray, .textArray, .textArray, .boolArray, .int8Array, .timestamptzArray,
            .textArray, .textArray, .textArray, .int8Array, .text, .int4,
        ]
    )

    /// Records jobs, all or none, in one transaction of their own.
    ///
    /// - Parameters:
    ///   - rows: The jobs, in order; at most `JobLimits.batchJobs`.
    ///   - generation: The bus generation that dispatched rows bear.
    /// - Returns: One answer for each row, in order.
    public func enqueue(_ rows: [LedgerRow], generation: Int32) async throws(JobsError) -> [EnqueuedJob] {
        guard !rows.isEmpty else { return [] }
        do {
            return try await withPartitions { () throws(JobsError) in try await record(rows, generation: generation) }
        } catch  where error.cause?.sqlState == "40P01" {
            // Unique keys that jobs of another transaction let go of in another order; nothing was recorded.
            return try await record(rows, generation: generation)
        }
    }

    /// Records; where there is no partition for today, since the leader has been away for days, makes it and records once more.
    func withPartitions<Value>(_ record: () async throws(JobsError) -> Value) async throws(JobsError) -> Value {
        do {
            return try await record()
        } catch  where error.cause?.sqlState == "23514" {
            try await ensurePartitions()
            return try await record()
        }
    }

    private func record(_ rows: [LedgerRow], generation: Int32) async throws(JobsError) -> [EnqueuedJob] {
        if rows.contains(where: \.needsFullStatement) {
            let batch = UniqueRows(rows)
            let result = try await execute(
                Self.enqueueFull,
                LedgerRow.fullBindings(batch.rows, key: nil, generation: generation, relay: relayDeadline)
            )
            return batch.spread(try answers(result, expected: batch.rows.count))
        }
        let result = try await execute(
            Self.enqueuePlain,
            LedgerRow.plainBindings(rows, generation: generation, relay: relayDeadline)
        )
        guard result.rowCount == rows.count else {
            throw JobsError(.internal, "the ledger answered for another number of jobs")
        }
        return try decode { () throws(PostgresError) in
            var jobs: [EnqueuedJob] = []
            jobs.reserveCapacity(rows.count)
            for row in 0..<result.rowCount {
                jobs.append(EnqueuedJob(id: JobID(rawValue: try result.int64(row, 0)), isExisting: false))
            }
            return jobs
        }
    }

    func answers(_ result: PostgresResult, expected: Int) throws(JobsError) -> [EnqueuedJob] {
        guard result.rowCount == expected else {
            throw JobsError(.internal, "the ledger answered for another number of jobs")
        }
        return try decode { () throws(PostgresError) in
            var jobs: [EnqueuedJob] = []
            for row in 0..<result.rowCount {
                jobs.append(
                    EnqueuedJob(
                        id: JobID(rawValue: try result.int64(row, 0)),
                        isExisting: try result.bool(row, 1)
                    )
                )
            }
            return jobs
        }
    }
}
