// SPDX-License-Identifier: Apache-2.0
// Requests of people: stop a job, run a finished one again.

internal import Postgres

extension Ledger {
    /// A waiting or merely dispatched row ends at once (a worker that has it finds its fence gone); a leased one is asked to stop.
    private static let cancel = PostgresStatement(
        "job_cancel",
        """
        WITH gone AS (
            DELETE FROM job_live WHERE id = $1 AND state <> 3 RETURNING id, epoch, queue_id, attempt, losses),
        asked AS (UPDATE job_live SET cancel_requested = true WHERE id = $1 AND state = 3 RETURNING id),
        counted AS (INSERT INTO tally (at, queue_id, outcome, jobs) SELECT now(), queue_id, 2, 1 FROM gone),
        released AS (DELETE FROM unique_key WHERE expires_at = 'infinity' AND job_id IN (SELECT id FROM gone)),
        ended AS (
            INSERT INTO job_done (id, epoch, outcome, attempt, losses)
            SELECT id, epoch, 2, attempt, losses FROM gone RETURNING id)
        SELECT EXISTS (SELECT FROM gone), EXISTS (SELECT FROM asked)
        """,
        parameters: [.int8]
    )

    /// A finished job goes back to its lane with a higher fence than any it ever had; its receipt gives way, so that it can end again.
    private static let retry = PostgresStatement(
        "job_retry",
        """
        WITH undone AS (DELETE FROM job_done WHERE id = $1 AND outcome IN (2, 3) RETURNING id, epoch),
        claimed AS (
            INSERT INTO unique_key AS u (key, job_id, expires_at)
            SELECT j.unique_key, j.id, 'infinity' FROM undone JOIN job j ON j.id = undone.id
            WHERE j.unique_key IS NOT NULL AND j.options LIKE '%u=1%'
            ON CONFLICT (key) DO UPDATE SET job_id = CASE WHEN u.expires_at <= now() THEN excluded.job_id ELSE u.job_id END,
                expires_at = CASE WHEN u.expires_at <= now() THEN excluded.expires_at ELSE u.expires_at END
            RETURNING job_id),
        back AS (
            INSERT INTO job_live (id, check_at, lane, epoch, queue_id, priority, state)
            SELECT j.id, now(), j.queue_id * 10 + j.priority, undone.epoch + 1, j.queue_id, j.priority, 1
            FROM undone JOIN job j ON j.id = undone.id RETURNING id)
        SELECT EXISTS (SELECT FROM back),
            CASE WHEN EXISTS (SELECT FROM claimed WHERE job_id <> $1) THEN refuse('the unique key is taken') END
        """,
        parameters: [.int8]
    )

    private static let hasten = PostgresStatement(
        "job_hasten",
        """
        UPDATE job_live SET check_at = now(), state = 1 WHERE id = $1 AND state IN (0, 4) AND check_at > now()
        """,
        parameters: [.int8]
    )

    /// What a request to cancel did.
    public enum Cancellation: Sendable {
        /// The job has ended as cancelled.
        case ended
        /// The job runs; its worker has been asked to stop.
        case requested
        /// It had ended already.
        case alreadyFinal
    }

    /// Cancels a job.
    public func cancel(_ id: JobID) async throws(JobsError) -> Cancellation {
        var bindings = PostgresBindings()
        bindings.append(id.rawValue)
        // A row that changes from dispatched to running between the statement's two parts matches neither, so it is tried again.
        for _ in 0..<5 {
            let result = try await execute(Self.cancel, bindings)
            let (gone, asked) = try decode { () throws(PostgresError) in
                (try result.bool(0, 0), try result.bool(0, 1))
            }
            if gone { return .ended }
            if asked { return .requested }
            guard let record = try await job(id) else { throw JobsError(.notFound, "there is no such job") }
            if record.state.isFinal { return .alreadyFinal }
        }
        throw JobsError(.conflict, "the job changes too fast to be cancelled; try again")
    }

    /// Makes a job due now: a cancelled or discarded one begins anew, a scheduled or retryable one is hastened.
    ///
    /// - Throws: `.conflict` for a job that is completed, available or running, or whose unique key another job holds by now.
    public func retry(_ id: JobID) async throws(JobsError) {
        var bindings = PostgresBindings()
        bindings.append(id.rawValue)
        do {
            let result = try await execute(Self.retry, bindings)
            if try decode({ () throws(PostgresError) in try result.bool(0, 0) }) { return }
        } catch  where error.cause?.sqlState == "MRT01" {
            throw JobsError(.conflict, "another job holds this job's unique key")
        }
        if try await execute(Self.hasten, bindings).affectedRows > 0 { return }
        guard let record = try await job(id) else { throw JobsError(.notFound, "there is no such job") }
        throw JobsError(.conflict, "the job is \(record.state.rawValue) and can't be retried")
    }
}
