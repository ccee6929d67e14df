// SPDX-License-Identifier: Apache-2.0
// Reading the sampled counts.

internal import Postgres

extension Ledger {
    private static let readStats = PostgresStatement(
        "stats_read",
        """
        SELECT queue_id, 0::int2, state, jobs, oldest_at, sampled_at FROM depth
        UNION ALL
        SELECT queue_id, 1::int2, outcome, sum(jobs)::int8, NULL, NULL FROM tally GROUP BY queue_id, outcome
        UNION ALL
        SELECT queue_id, 2::int2, outcome, sum(jobs)::int8, NULL, NULL FROM tally
        WHERE at >= date_trunc('minute', now()) - interval '1 minute' AND at < date_trunc('minute', now())
        GROUP BY queue_id, outcome
        UNION ALL
        SELECT 0, 3::int2, 0::int2, 0, NULL, now()
        """,
        parameters: []
    )

    /// The counts by queue.
    public func stats() async throws(JobsError) -> LedgerStats {
        try await refreshQueues()
        let result = try await execute(Self.readStats)
        var byQueue: [Int32: LedgerStats.Queue] = [:]
        for number in queues.numbers {
            byQueue[number] = .init(number: number, name: queues.name(of: number) ?? String(number))
        }
        var sampledAt: Int64?
        var readAt: Int64 = 0
        try decode { () throws(PostgresError) in
            for row in 0..<result.rowCount {
                let part = try result.int16(row, 1)
                guard part < 3 else {
                    readAt = try result.timestampMicroseconds(row, 5)
                    continue
                }
                let queue = try result.int32(row, 0)
                var counts = byQueue[queue] ?? .init(number: queue, name: String(queue))
                let (code, jobs) = (try result.int16(row, 2), try result.int64(row, 3))
                switch part {
                case 0:
                    let isDue = code != LiveState.scheduled.rawValue && code != LiveState.retryable.rawValue
                    guard let state = LiveState(rawValue: code)?.shown(isDue: isDue) else { continue }
                    counts.unfinished[state, default: 0] += jobs
                    if state == .available {
                        counts.oldestAvailableAt = try result.optionalTimestampMicroseconds(row, 4)
                    }
                    sampledAt = try result.optionalTimestampMicroseconds(row, 5) ?? sampledAt
                case 1: if let outcome = JobOutcome(rawValue: code) { counts.finished[outcome] = jobs }
                default: if let outcome = JobOutcome(rawValue: code) { counts.lastMinute[outcome] = jobs }
                }
                byQueue[queue] = counts
            }
        }
        return LedgerStats(queues: byQueue.values.sorted { $0.name < $1.name }, sampledAt: sampledAt, readAt: readAt)
    }
}
