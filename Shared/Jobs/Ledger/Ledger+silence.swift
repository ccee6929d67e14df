// SPDX-License-Identifier: Apache-2.0
// Rows in flight that went silent: a lease that ended, or a hand-over that nobody answered.

internal import Postgres

extension Ledger {
    private static let findSilent = PostgresStatement(
        "job_silent",
        """
        SELECT id, epoch, queue_id, priority,
            (extract(epoch FROM now() - coalesce(dispatched_at, check_at)) * 1000000)::int8, state = 3
        FROM job_live WHERE lane = -1 AND check_at <= now() ORDER BY check_at LIMIT $1
        """,
        parameters: [.int4]
    )

    /// A row that changed between the statement's snapshot and its lock is found by neither part and left for the next sweep; only what really changed is
    /// noted.
    ///
    /// A loss raises the fence and sends the row back to its lane at its old place; one loss too many ends the job as a poison pill. A row that was asked
    /// to stop ends as cancelled.
    private static let lose = PostgresStatement(
        "job_lose",
        """
        WITH victims AS (
            SELECT l.ctid AS place, l.id, l.epoch, l.attempt, l.losses, l.owner, l.queue_id, l.cancel_requested
            FROM unnest($1, $2) AS i (id, epoch) CROSS JOIN LATERAL (
                SELECT ctid, * FROM job_live WHERE job_live.id = i.id AND job_live.epoch = i.epoch
                    AND lane = -1 AND check_at <= now() FOR UPDATE SKIP LOCKED) l),
        back AS (
            UPDATE job_live SET epoch = epoch + 1, losses = losses + 1, lane = CASE WHEN losses > 0 THEN -2 ELSE queue_id * 10 + priority END,
                state = 1, check_at = coalesce(dispatched_at, now()), owner = NULL
            WHERE ctid = ANY (ARRAY(SELECT place FROM victims WHERE losses + 1 < $3 AND NOT cancel_requested))
            RETURNING id, epoch - 1 AS epoch, attempt),
        gone AS (
            DELETE FROM job_live
            WHERE ctid = ANY (ARRAY(SELECT place FROM victims WHERE losses + 1 >= $3 OR cancel_requested))
            RETURNING id, epoch, queue_id, attempt, losses, CASE WHEN cancel_requested THEN 2 ELSE 3 END AS outcome),
        noted AS (
            INSERT INTO job_attempt (id, epoch, attempt, worker, outcome, error)
            SELECT c.id, c.epoch, c.attempt + 1, v.owner, 3, 'its worker was lost'
            FROM (SELECT id, epoch, attempt FROM back UNION ALL SELECT id, epoch, attempt FROM gone) c
            JOIN victims v ON v.id = c.id
            ON CONFLICT DO NOTHING),
        counted AS (
            INSERT INTO tally (at, queue_id, outcome, jobs)
            SELECT now(), queue_id, outcome, count(*) FROM gone GROUP BY queue_id, outcome),
        released AS (
            DELETE FROM unique_key WHERE key = ANY (ARRAY(
                SELECT key FROM unique_key WHERE expires_at = 'infinity' AND job_id = ANY (ARRAY(SELECT id FROM gone))
                ORDER BY key FOR UPDATE))),
        ended AS (
            INSERT INTO job_done (id, epoch, outcome, attempt, losses)
            SELECT id, epoch, outcome, attempt, losses + 1 FROM gone)
        SELECT (SELECT count(*) FROM back), (SELECT count(*) FROM gone)
        """,
        parameters: [.int8Array, .int4Array, .int4]
    )

    /// A worker that dies takes all that it holds with it, the guilty and the innocent. From the second loss on a job is a suspect. Suspects are let out
    /// in batches, those with the most losses first, each when none of the one before is abroad any more: due or dispatched in a queue that is served, or
    /// in a worker's hands and not for `$4` yet. One that the next loss would discard goes alone, so that no innocent shares its last life.
    private static let releaseSuspects = PostgresStatement(
        "job_release_suspects",
        """
        UPDATE job_live SET lane = queue_id * 10 + priority, check_at = coalesce(dispatched_at, now())
        WHERE id = ANY (ARRAY(
            SELECT id FROM job_live
            WHERE losses >= 2 AND lane = -2 AND queue_id * 10 + priority = ANY ($3) AND NOT EXISTS (
                SELECT FROM job_live WHERE losses >= 2 AND lane <> -2
                    AND (lane = ANY ($3) AND check_at <= now() OR lane = -1 AND (
                        state = 2 AND queue_id * 10 + priority = ANY ($3) OR dispatched_at > now() - $4 * interval '1 microsecond')))
            ORDER BY losses DESC, id
            LIMIT CASE WHEN EXISTS (
                SELECT FROM job_live WHERE losses >= 2 AND losses >= $2 AND lane = -2 AND queue_id * 10 + priority = ANY ($3))
                THEN 1 ELSE $1 END
            FOR UPDATE SKIP LOCKED))
        """,
        parameters: [.int4, .int2, .int4Array, .int8]
    )

    private static let postpone = PostgresStatement(
        "job_postpone",
        """
        UPDATE job_live l SET check_at = now() + $3 * interval '1 microsecond'
        FROM unnest($1, $2) AS i (id, epoch) WHERE l.id = i.id AND l.epoch = i.epoch AND l.lane = -1 AND l.state = 2
        """,
        parameters: [.int8Array, .int4Array, .int8]
    )

    private static let recall = PostgresStatement(
        "job_recall",
        """
        UPDATE job_live l SET epoch = l.epoch + 1, lane = l.queue_id * 10 + l.priority, state = 1,
            check_at = coalesce(l.dispatched_at, now()), generation = 0
        FROM unnest($1, $2) AS i (id, epoch) WHERE l.id = i.id AND l.epoch = i.epoch AND l.lane = -1 AND l.state = 2
        """,
        parameters: [.int8Array, .int4Array]
    )

    private static let recallGeneration = PostgresStatement(
        "job_recall_generation",
        """
        UPDATE job_live SET epoch = epoch + 1, lane = queue_id * 10 + priority, state = 1,
            check_at = coalesce(dispatched_at, now()), generation = 0
        WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM job_live WHERE lane = -1 AND state = 2 AND generation <> $1
            ORDER BY check_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        """,
        parameters: [.int4, .int4]
    )

    /// Rows in flight whose check is due, the most overdue first.
    public func silentJobs(limit: Int) async throws(JobsError) -> [SilentJob] {
        var bindings = PostgresBindings()
        bindings.append(Int32(clamping: limit))
        let result = try await execute(Self.findSilent, bindings)
        return try decode { () throws(PostgresError) in
            var jobs: [SilentJob] = []
            for row in 0..<result.rowCount {
                jobs.append(
                    SilentJob(
                        id: JobID(rawValue: try result.int64(row, 0)),
                        epoch: try result.int32(row, 1),
                        lane: Lane(queue: try result.int32(row, 2), priority: try result.int16(row, 3)),
                        age: .microseconds(try result.int64(row, 4)),
                        isRunning: try result.bool(row, 5)
                    )
                )
            }
            return jobs
        }
    }

    /// Counts a loss for rows that are still silent: back to their lane, or ended when it was one too many.
    ///
    /// - Returns: How many went back, and how many ended.
    public func lose(_ jobs: [SilentJob], limit: Int = JobLimits.losses) async throws(JobsError) -> (
        back: Int, ended: Int
    ) {
        var bindings = Self.fences(jobs.map { ($0.id, $0.epoch) })
        bindings.append(Int32(limit))
        let result = try await execute(Self.lose, bindings)
        return try decode { () throws(PostgresError) in (Int(try result.int64(0, 0)), Int(try result.int64(0, 1))) }
    }

    /// Lets the next batch of suspects out of quarantine, unless one of the last is still abroad.
    ///
    /// - Parameters:
    ///   - limit: Most of them.
    ///   - lastLife: From how many losses on a suspect goes alone.
    ///   - lanes: The lanes that are served; what waits in others neither goes nor counts.
    ///   - trial: How long a worker must have a suspect for it to be trusted; longer than a lease, or a dead worker's would seem to live.
    /// - Returns: How many were let out.
    public func releaseSuspects(_ limit: Int, lastLife: Int, in lanes: [Lane], trial: Duration) async throws(JobsError)
        -> Int
    {
        var bindings = PostgresBindings()
        bindings.append(Int32(clamping: limit))
        bindings.append(Int16(clamping: lastLife))
        bindings.append(Self.array(lanes.map(\.rawValue)))
        bindings.append(trial.wholeMicroseconds)
        return try await execute(Self.releaseSuspects, bindings).affectedRows
    }

    /// Gives dispatched rows, which still wait on the bus, more time.
    public func postpone(_ jobs: [SilentJob]) async throws(JobsError) {
        var bindings = Self.fences(jobs.map { ($0.id, $0.epoch) })
        bindings.append(relayDeadline.wholeMicroseconds)
        _ = try await execute(Self.postpone, bindings)
    }

    /// Takes dispatched rows back, because the bus did not accept them; the fence rises, since it may have done so after all.
    public func recall(_ jobs: [(id: JobID, epoch: Int32)]) async throws(JobsError) {
        _ = try await execute(Self.recall, Self.fences(jobs))
    }

    /// Takes back rows that were dispatched in another bus generation, at most `limit`.
    ///
    /// - Returns: How many there were.
    public func recallOthers(than generation: Int32, limit: Int) async throws(JobsError) -> Int {
        var bindings = PostgresBindings()
        bindings.append(generation)
        bindings.append(Int32(clamping: limit))
        return try await execute(Self.recallGeneration, bindings).affectedRows
    }

    private static func fences(_ jobs: [(id: JobID, epoch: Int32)]) -> PostgresBindings {
        // In one order, like every batch that locks rows.
        let jobs = jobs.sorted { $0.id < $1.id }
        var bindings = PostgresBindings()
        bindings.append(array(jobs.map(\.id.rawValue)))
        bindings.append(array(jobs.map(\.epoch)))
        return bindings
    }
}
