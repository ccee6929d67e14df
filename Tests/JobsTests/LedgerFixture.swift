// SPDX-License-Identifier: Apache-2.0
// A migrated ledger on a fresh database.

import Logging
import Postgres
import TestSupport

@testable import Jobs

/// A ledger on a database of its own, and SQL beside it.
struct LedgerFixture: Sendable {
    let ledger: Ledger
    let pool: PostgresPool
    let database: TestDatabase

    /// Lends a fixture to `body`; the database is dropped in any case.
    static func with(
        _ name: String,
        relayDeadline: Duration = .seconds(30),
        _ body: @Sendable (LedgerFixture) async throws -> Void
    ) async throws {
        let database = try await TestDatabase.create(named: name)
        let loop = EventLoop(name: name)
        let logger = Logger(label: name) { _ in SwiftLogNoOpLogHandler() }
        do {
            let pool = try await database.pool(
                name,
                migrations: LedgerMigrations.all,
                serverSettings: LedgerTuning.settings,
                on: loop,
                logger: logger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                let fixture = LedgerFixture(
                    ledger: Ledger(pool: pool, relayDeadline: relayDeadline),
                    pool: pool,
                    database: database
                )
                _ = try await fixture.ledger.queueNumber("default")
                try await body(fixture)
                group.cancelAll()
            }
        } catch {
            try? await database.drop()
            loop.shutdown()
            throw error
        }
        try await database.drop()
        loop.shutdown()
    }

    /// One number from SQL.
    func count(_ sql: String) async throws -> Int64 {
        try await pool.execute(Self.statement("SELECT (\(sql))::int8")).int64(0, 0)
    }

    /// Runs SQL for its effect.
    func run(_ sql: String) async throws {
        _ = try await pool.execute(Self.statement(sql))
    }

    /// The lines of a query's first column, over a session of its own.
    func lines(_ script: String) async throws -> [String] {
        let loop = EventLoop(name: "lines")
        defer { loop.shutdown() }
        var configuration = try database.configuration
        configuration.serverSettings = LedgerTuning.settings
        let session = try await PostgresSession.connect(configuration, on: loop)
        let results = try await session.simpleQuery(script)
        await session.close()
        var lines: [String] = []
        for result in results {
            for row in 0..<result.rowCount { lines.append(try result.string(row, 0)) }
        }
        return lines
    }

    private static func statement(_ sql: String) -> PostgresStatement {
        PostgresStatement("test_\(UInt64.random(in: 0...UInt64.max))", sql)
    }

    /// Records plain jobs.
    func enqueue(_ jobs: [NewJob], dispatched: Bool = false, generation: Int32 = 0) async throws -> [EnqueuedJob] {
        let rows = try await rows(jobs, dispatched: dispatched)
        return try await ledger.enqueue(rows, generation: generation)
    }

    func rows(_ jobs: [NewJob], dispatched: Bool = false) async throws -> [LedgerRow] {
        var rows: [LedgerRow] = []
        for job in jobs {
            let queue = try await ledger.queueNumber(job.queue)
            rows.append(LedgerRow(job: job, queue: queue, isDispatched: dispatched))
        }
        return rows
    }

    /// Lets suspects of the default queue out of quarantine, five losses being the end.
    func releaseSuspects(_ limit: Int) async throws -> Int {
        let queue = try await ledger.queueNumber("default")
        let lanes = [Lane(queue: queue, priority: 0)]
        return try await ledger.releaseSuspects(limit, lastLife: 4, in: lanes, trial: .seconds(60))
    }

    /// Everything due in the default queue at a priority, straight into `owner`'s hands.
    func take(_ count: Int = 100, priority: Int16 = 0, owner: Int64 = 1, lease: Duration = .seconds(30)) async throws
        -> [ClaimedJob]
    {
        let queue = try await ledger.queueNumber("default")
        return try await ledger.take(
            count,
            from: [Lane(queue: queue, priority: priority)],
            owner: owner,
            lease: lease
        )
    }
}

extension NewJob {
    /// A job that does nothing.
    static func noop(_ args: String = "{}", uniqueKey: UniqueKey? = nil, start: Start = .now, tags: [String] = [])
        -> NewJob
    {
        NewJob(kind: "noop", args: Array(args.utf8), start: start, tags: tags, uniqueKey: uniqueKey)
    }
}

extension FinishedAttempt {
    /// The report of a claimed job.
    init(_ job: ClaimedJob, _ result: AttemptResult) {
        self.init(
            id: job.id,
            epoch: job.epoch,
            attempt: job.attempt,
            result: result,
            runTime: .milliseconds(5),
            releasesKey: job.options.releasesKey
        )
    }
}
