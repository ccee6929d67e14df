// SPDX-License-Identifier: Apache-2.0
// Reading jobs.

internal import Postgres

extension Ledger {
    private static let columns = columns(args: "j.args", metadata: "j.metadata", result: "d.result")
    /// Lists show none of these, and together they may have hundreds of megabytes.
    private static let listColumns = columns(args: "''::text", metadata: "NULL::text", result: "NULL::text")

    private static func columns(args: String, metadata: String, result: String) -> String {
        """
        j.id, j.queue_id, j.priority, j.kind, \(args) AS args, j.options, array_to_string(j.tags, E'\\n'),
        \(metadata) AS metadata, j.unique_key, l.state, l.check_at, l.check_at <= now(), coalesce(l.attempt, d.attempt), coalesce(l.losses, d.losses),
        coalesce(l.epoch, d.epoch), coalesce(l.cancel_requested, false), d.outcome, d.finished_at, d.run_us,
        \(result) AS result
        """
    }

    private static let readJob = PostgresStatement(
        "job_read",
        """
        SELECT \(columns) FROM job j LEFT JOIN job_live l ON l.id = j.id LEFT JOIN job_done d ON d.id = j.id WHERE j.id = $1
        """,
        parameters: [.int8]
    )

    private static let readAttempts = PostgresStatement(
        "job_attempts",
        "SELECT attempt, outcome, ended_at, run_us, error FROM job_attempt WHERE id = $1 ORDER BY epoch",
        parameters: [.int8]
    )

    private static let readFinished = PostgresStatement(
        "job_finished",
        "SELECT d.id FROM unnest($1) AS u (id) JOIN job_done d ON d.id = u.id",
        parameters: [.int8Array]
    )

    /// The newest `$2` rows older than `$1`, of which the filter keeps some: the cost of a page is bounded whatever the filter.
    private static let listJobs = PostgresStatement(
        "job_list",
        """
        WITH seen AS MATERIALIZED (
            SELECT id, queue_id, priority, kind, options, tags, unique_key FROM job WHERE id < $1 ORDER BY id DESC LIMIT $2),
        shown AS (
            SELECT \(listColumns) FROM seen j LEFT JOIN job_live l ON l.id = j.id LEFT JOIN job_done d ON d.id = j.id
            WHERE ($3::int IS NULL OR j.queue_id = $3) AND ($4::text IS NULL OR j.kind = $4)
                AND ($5::text IS NULL OR $5 = ANY (j.tags)) AND ($6::int2 IS NULL OR d.outcome = $6)
                AND ($7::text IS NULL OR $7 = CASE
                    WHEN l.id IS NULL THEN 'final'
                    WHEN l.state = 3 THEN 'running'
                    WHEN l.state = 0 AND l.check_at > now() THEN 'scheduled'
                    WHEN l.state = 4 AND l.check_at > now() THEN 'retryable'
                    ELSE 'available' END)
            ORDER BY j.id DESC LIMIT $8)
        SELECT s.*, (SELECT count(*) FROM seen), (SELECT min(id) FROM seen) FROM (SELECT 1) one LEFT JOIN shown s ON true
        """,
        parameters: [.int8, .int4, .int4, .text, .text, .int2, .text, .int4]
    )

    /// How many rows one page looks at, at most.
    private static let scanLimit = 5_000

    /// One job with its attempts, or nil.
    public func job(_ id: JobID) async throws(JobsError) -> JobRecord? {
        var bindings = PostgresBindings()
        bindings.append(id.rawValue)
        let result = try await execute(Self.readJob, bindings)
        guard result.rowCount > 0 else { return nil }
        var record = try await self.record(result, 0)
        record.attempts = try attempts(try await execute(Self.readAttempts, bindings))
        return record
    }

    /// Jobs that pass a filter, newest first.
    ///
    /// - Parameters:
    ///   - cursor: The page holds jobs older than this; nil begins with the newest.
    ///   - limit: Most jobs on the page, 1...1,000.
    public func jobs(_ filter: JobFilter, before cursor: JobID? = nil, limit: Int) async throws(JobsError) -> JobPage {
        var queue: Int32?
        if let name = filter.queue {
            if queues.number(of: name) == nil { try await refreshQueues() }
            guard let number = queues.number(of: name) else { return JobPage(jobs: [], next: nil) }
            queue = number
        }
        var bindings = PostgresBindings()
        bindings.append(cursor?.rawValue ?? Int64.max)
        let scan = filter == JobFilter() ? limit : Self.scanLimit
        bindings.append(Int32(scan))
        bindings.append(queue)
        bindings.append(filter.kind)
        bindings.append(filter.tag)
        let outcome = filter.state.flatMap { state in JobOutcome.allCases.first { $0.state == state } }
        bindings.append(outcome?.rawValue)
        bindings.append(filter.state.flatMap { $0.isFinal ? nil : $0.rawValue })
        bindings.append(Int32(limit))
        let result = try await execute(Self.listJobs, bindings)
        let (seen, oldest) = try decode { () throws(PostgresError) in
            (try result.int64(0, 20), try result.optionalInt64(0, 21))
        }
        var page = JobPage(jobs: [], next: nil)
        let isEmpty = try decode { () throws(PostgresError) in try result.optionalInt64(0, 0) == nil }
        if !isEmpty {
            for row in 0..<result.rowCount { page.jobs.append(try await record(result, row)) }
        }
        if page.jobs.count == limit {
            page.next = page.jobs.last?.id
        } else if seen == scan {
            page.next = oldest.map { JobID(rawValue: $0) }
        }
        return page
    }

    /// Which of these jobs have ended.
    public func finished(among ids: [JobID]) async throws(JobsError) -> [JobID] {
        var bindings = PostgresBindings()
        bindings.append(Self.array(ids.map(\.rawValue)))
        let result = try await execute(Self.readFinished, bindings)
        return try decode { () throws(PostgresError) in
            var found: [JobID] = []
            for row in 0..<result.rowCount { found.append(JobID(rawValue: try result.int64(row, 0))) }
            return found
        }
    }

    private func record(_ result: PostgresResult, _ row: Int) async throws(JobsError) -> JobRecord {
        let queue = try decode { () throws(PostgresError) in try result.int32(row, 1) }
        if queues.name(of: queue) == nil { try await refreshQueues() }
        let name = queues.name(of: queue) ?? String(queue)
        return try decode { () throws(PostgresError) in try JobRecord(result, row, queue: name) }
    }

    private func attempts(_ result: PostgresResult) throws(JobsError) -> [AttemptRecord] {
        try decode { () throws(PostgresError) in
            var attempts: [AttemptRecord] = []
            for row in 0..<result.rowCount {
                attempts.append(
                    AttemptRecord(
                        attempt: Int(try result.int16(row, 0)),
                        outcome: AttemptOutcome(rawValue: try result.int16(row, 1)) ?? .failed,
                        endedAt: try result.timestampMicroseconds(row, 2),
                        runTime: try result.optionalInt64(row, 3).map { .microseconds($0) },
                        error: try result.optionalString(row, 4)
                    )
                )
            }
            return attempts
        }
    }
}
