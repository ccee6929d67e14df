// SPDX-License-Identifier: Apache-2.0
// Martlet: a real ledger with jobs in all states, wherever a database is.

import Jobs
import Logging
import Postgres
import TestSupport

/// A migrated ledger and what fills it.
struct LedgerSample: Sendable {
    let ledger: Ledger

    /// Migrates a database and lends its ledger.
    static func with<Value: Sendable>(
        _ configuration: PostgresConfiguration,
        on loop: EventLoop,
        _ body: @escaping @Sendable (LedgerSample) async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: "sample") { _ in SwiftLogNoOpLogHandler() }
        try await MigrationRunner(configuration, on: loop, migrations: LedgerMigrations.all, logger: logger).run()
        var settings = PostgresPoolConfiguration(configuration, name: "sample")
        settings.connection.serverSettings = LedgerTuning.settings
        let pool = PostgresPool(settings, loops: [loop], logger: logger)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await pool.run()
                return nil
            }
            group.addTask {
                let sample = LedgerSample(ledger: Ledger(pool: pool))
                _ = try await sample.ledger.queueNumber("default")
                return try await body(sample)
            }
            while let value = try await group.next() {
                guard let value else { continue }
                group.cancelAll()
                return value
            }
            throw ClusterFailure("the pool ended early")
        }
    }

    /// Enqueues `count` jobs and gives their ids.
    @discardableResult
    func enqueue(_ count: Int, priority: Int = 0, key: String? = nil, start: NewJob.Start = .now) async throws
        -> [JobID]
    {
        let queue = try await ledger.queueNumber("default")
        let rows = (0..<count).map { number in
            let unique = key.map { NewJob.UniqueKey(key: "\($0)-\(number)") }
            let args = Array(#"{"number":\#(number)}"#.utf8)
            let job = NewJob(kind: "noop", args: args, priority: priority, start: start, uniqueKey: unique)
            return LedgerRow(job: job, queue: queue, isDispatched: false)
        }
        return try await ledger.enqueue(rows, generation: 0).map(\.id)
    }

    /// Takes jobs of a priority and ends each by `result`.
    @discardableResult
    func run(_ count: Int, priority: Int16 = 0, _ result: AttemptResult = .completed(result: nil)) async throws -> Int {
        let queue = try await ledger.queueNumber("default")
        let lane = Lane(queue: queue, priority: priority)
        let jobs = try await ledger.take(count, from: [lane], owner: 7, lease: .seconds(60))
        let ends = jobs.map { job in
            FinishedAttempt(
                id: job.id,
                epoch: job.epoch,
                attempt: job.attempt,
                result: result,
                runTime: .milliseconds(3),
                releasesKey: true
            )
        }
        return try await ledger.finish(ends, worker: 7).count
    }

    /// Jobs that wait, run, were completed, failed, discarded and cancelled, with keys and idempotency keys.
    func fill() async throws {
        try await enqueue(40)
        try await run(20)
        try await enqueue(6, priority: 1)
        try await run(3, priority: 1, .retry(.failed, error: "no", after: .seconds(3600)))
        try await run(3, priority: 1, .discarded(.failed, error: "never"))
        try await enqueue(4, priority: 2, key: "held")
        let later = try await enqueue(2, priority: 3, start: .after(.seconds(3600)))
        _ = try await ledger.cancel(later[0])
        // Some stay in a worker's hands.
        let queue = try await ledger.queueNumber("default")
        _ = try await ledger.take(2, from: [Lane(queue: queue, priority: 2)], owner: 7, lease: .seconds(60))
        let row = LedgerRow(job: NewJob(kind: "noop", args: Array("{}".utf8)), queue: queue, isDispatched: true)
        _ = try await ledger.enqueue([row], key: "request", fingerprint: [1, 2, 3], generation: 0)
        try await ledger.sampleDepth()
    }
}
