// SPDX-License-Identifier: Apache-2.0
// Recording what became of attempts: one statement ends many jobs, one sends many back to wait. Both are guarded by (id, epoch): a row that was handed
// out anew since then does not match, so a late report changes nothing.

internal import Postgres

extension Ledger {
    static let finish = PostgresStatement(
        "job_finish",
        """
        WITH input AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
                AS t (id, epoch, outcome, run_us, result, attempt_outcome, error)),
        gone AS (
            DELETE FROM job_live l USING input i WHERE l.id = i.id AND l.epoch = i.epoch
            RETURNING l.id, l.epoch, l.queue_id, l.attempt, l.losses, i.outcome, i.run_us, i.result, i.attempt_outcome,
                i.error),
        counted AS (
            INSERT INTO tally (at, queue_id, outcome, jobs)
            SELECT now(), queue_id, outcome, count(*) FROM gone GROUP BY queue_id, outcome),
        noted AS (
            INSERT INTO job_attempt (id, epoch, attempt, run_us, worker, outcome, error)
            SELECT id, epoch, attempt + 1, run_us, $8, attempt_outcome, error FROM gone WHERE attempt_outcome IS NOT NULL)
        INSERT INTO job_done (id, run_us, epoch, outcome, attempt, losses, result)
        SELECT id, run_us, epoch, outcome, attempt + 1, losses, result FROM gone RETURNING id
        """,
        parameters: [
            .int8Array, .int4Array, .int2Array, .int8Array, .textArray, .int2Array, .textArray, .int8,
        ]
    )

    /// A job that was asked to stop does not go back: it ends as cancelled.
    static let sendBack = PostgresStatement(
        "job_send_back",
        """
        WITH input AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
                AS t (id, epoch, delay_us, run_us, attempt_outcome, error)),
        back AS (
            UPDATE job_live l SET epoch = l.epoch + 1, lane = l.queue_id * 10 + l.priority, owner = NULL,
                check_at = now() + i.delay_us * interval '1 microsecond',
                attempt = l.attempt + CASE WHEN i.attempt_outcome IS NULL THEN 0 ELSE 1 END,
                losses = CASE WHEN i.attempt_outcome IS NULL THEN l.losses ELSE 0 END,
                state = CASE WHEN i.attempt_outcome IS NOT NULL THEN 4 WHEN i.delay_us > 0 THEN 0 ELSE 1 END
            FROM input i WHERE l.id = i.id AND l.epoch = i.epoch AND NOT l.cancel_requested
            RETURNING l.id, i.epoch, l.attempt, i.run_us, i.attempt_outcome, i.error),
        gone AS (
            DELETE FROM job_live l USING input i WHERE l.id = i.id AND l.epoch = i.epoch AND l.cancel_requested
            RETURNING l.id, i.epoch, l.queue_id, l.attempt, l.losses, i.run_us, i.attempt_outcome, i.error),
        noted AS (
            INSERT INTO job_attempt (id, epoch, attempt, run_us, worker, outcome, error)
            SELECT id, epoch, attempt, run_us, $7, attempt_outcome, error FROM back WHERE attempt_outcome IS NOT NULL
            UNION ALL
            SELECT id, epoch, attempt + 1, run_us, $7, attempt_outcome, error FROM gone WHERE attempt_outcome IS NOT NULL),
        counted AS (
            INSERT INTO tally (at, queue_id, outcome, jobs)
            SELECT now(), queue_id, 2, count(*) FROM gone GROUP BY queue_id),
        released AS (
            DELETE FROM unique_key WHERE key = ANY (ARRAY(
                SELECT key FROM unique_key WHERE expires_at = 'infinity' AND job_id = ANY (ARRAY(SELECT id FROM gone))
                ORDER BY key FOR UPDATE))),
        ended AS (
            INSERT INTO job_done (id, run_us, epoch, outcome, attempt, losses)
            SELECT id, run_us, epoch, 2, attempt + 1, losses FROM gone)
        SELECT id FROM back UNION ALL SELECT id FROM gone
        """,
        parameters: [.int8Array, .int4Array, .int8Array, .int8Array, .int2Array, .textArray, .int8]
    )

    /// For a report whose rows two statements will lock.
    private static let lockRows = PostgresStatement(
        "job_lock",
        "SELECT id FROM job_live WHERE id = ANY ($1) ORDER BY id FOR UPDATE",
        parameters: [.int8Array]
    )

    static let releaseKeys = PostgresStatement(
        "unique_key_release",
        """
        DELETE FROM unique_key WHERE key = ANY (ARRAY(
            SELECT u.key FROM unnest($1) AS t (id) JOIN unique_key u ON u.job_id = t.id
            WHERE u.expires_at = 'infinity' AND NOT EXISTS (SELECT FROM job_live l WHERE l.id = t.id)
            ORDER BY u.key FOR UPDATE OF u))
        """,
        parameters: [.int8Array]
    )

    /// Records attempts that ended, all in one transaction.
    ///
    /// - Returns: The jobs whose report counted; the others had been handed out anew, or had ended already.
    public func finish(_ attempts: [FinishedAttempt], worker: Int64) async throws(JobsError) -> Set<JobID> {
        var steps: [(PostgresStatement, PostgresBindings)] = []
        // Every batch locks its rows in one order, or two that overlap (a lease renewal, another commit) would deadlock.
        let attempts = attempts.sorted { $0.id < $1.id }
        let ended = attempts.filter { $0.outcome != nil }
        let waiting = attempts.filter { $0.outcome == nil }
        let keyed = ended.filter(\.releasesKey).map(\.id.rawValue)
        if !ended.isEmpty, !waiting.isEmpty {
            var bindings = PostgresBindings()
            bindings.append(Self.array(attempts.map(\.id.rawValue)))
            steps.append((Self.lockRows, bindings))
        }
        let locks = steps.count
        if !ended.isEmpty { steps.append((Self.finish, Self.finishBindings(ended, worker: worker))) }
        if !waiting.isEmpty { steps.append((Self.sendBack, Self.sendBackBindings(waiting, worker: worker))) }
        let reports = steps.count
        if !keyed.isEmpty {
            var bindings = PostgresBindings()
            bindings.append(Self.array(keyed))
            steps.append((Self.releaseKeys, bindings))
        }
        guard !steps.isEmpty else { return [] }
        let results = try await transaction(steps)
        return try decode { () throws(PostgresError) in
            var counted = Set<JobID>(minimumCapacity: attempts.count)
            for result in results[locks..<reports] {
                for row in 0..<result.rowCount { counted.insert(JobID(rawValue: try result.int64(row, 0))) }
            }
            return counted
        }
    }

    private static func finishBindings(_ attempts: [FinishedAttempt], worker: Int64) -> PostgresBindings {
        var outcomes = PostgresArray(.int2, capacity: attempts.count)
        var results = PostgresArray(.text, capacity: attempts.count)
        for attempt in attempts {
            outcomes.append(attempt.outcome?.rawValue ?? 0)
            if case .completed(let result?) = attempt.result {
                results.append(utf8: result)
            } else {
                results.appendNull()
            }
        }
        var columns = Columns(attempts)
        columns.fill(attempts)
        var bindings = PostgresBindings()
        for array in [
            columns.ids, columns.epochs, outcomes, columns.runTimes, results, columns.outcomes, columns.errors,
        ] {
            bindings.append(array)
        }
        bindings.append(worker)
        return bindings
    }

    private static func sendBackBindings(_ attempts: [FinishedAttempt], worker: Int64) -> PostgresBindings {
        var delays = PostgresArray(.int8, capacity: attempts.count)
        for attempt in attempts {
            switch attempt.result {
            case .retry(_, _, let pause), .postponed(let pause): delays.append(max(0, pause.wholeMicroseconds))
            case .completed, .discarded, .cancelled: delays.append(Int64(0))
            }
        }
        var columns = Columns(attempts)
        columns.fill(attempts)
        var bindings = PostgresBindings()
        for array in [columns.ids, columns.epochs, delays, columns.runTimes, columns.outcomes, columns.errors] {
            bindings.append(array)
        }
        bindings.append(worker)
        return bindings
    }

    /// The columns that both statements share.
    private struct Columns {
        var ids, epochs, runTimes, outcomes, errors: PostgresArray

        init(_ attempts: [FinishedAttempt]) {
            ids = PostgresArray(.int8, capacity: attempts.count)
            epochs = PostgresArray(.int4, capacity: attempts.count)
            runTimes = PostgresArray(.int8, capacity: attempts.count)
            outcomes = PostgresArray(.int2, capacity: attempts.count)
            errors = PostgresArray(.text, capacity: attempts.count)
        }

        mutating func fill(_ attempts: [FinishedAttempt]) {
            for attempt in attempts {
                ids.append(attempt.id.rawValue)
                epochs.append(attempt.epoch)
                runTimes.append(attempt.runTime.wholeMicroseconds)
                switch attempt.result {
                case .discarded(let outcome, let error), .retry(let outcome, let error, _):
                    outcomes.append(outcome.rawValue)
                    errors.append(error)
                case .cancelled:
                    outcomes.append(AttemptOutcome.cancelled.rawValue)
                    errors.appendNull()
                case .completed, .postponed:
                    outcomes.appendNull()
                    errors.appendNull()
                }
            }
        }
    }
}
