// SPDX-License-Identifier: Apache-2.0
// Martlet: a ledger with jobs on a test's own server.

import Jobs
import Logging
import Postgres
import TestSupport

/// Migrates a database and fills it.
struct LedgerFixture: Sendable {
    /// A libpq URL of the database.
    let url: String
    private let loop: EventLoop

    /// Makes the database `martlet` on a server, and its schema.
    init(_ server: ScratchServer, on loop: EventLoop) async throws {
        try await server.value("CREATE DATABASE martlet")
        url = String(server.url.dropLast("postgres".count)) + "martlet"
        self.loop = loop
        try await MigrationRunner(
            try PostgresConfiguration(url: url),
            on: loop,
            migrations: LedgerMigrations.all,
            logger: Self.silent
        ).run()
    }

    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Records jobs, of which the first half runs to its end.
    func add(_ count: Int) async throws {
        var settings = PostgresPoolConfiguration(try PostgresConfiguration(url: url), name: "test")
        settings.connection.serverSettings = LedgerTuning.settings
        let pool = PostgresPool(settings, loops: [loop], logger: Self.silent)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await pool.run()
                return false
            }
            group.addTask {
                try await Self.fill(Ledger(pool: pool), count)
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
        }
    }

    private static func fill(_ ledger: Ledger, _ count: Int) async throws {
        let queue = try await ledger.queueNumber("default")
        let rows = (0..<count).map { number in
            let job = NewJob(kind: "noop", args: Array(#"{"number":\#(number)}"#.utf8))
            return LedgerRow(job: job, queue: queue, isDispatched: false)
        }
        _ = try await ledger.enqueue(rows, generation: 0)
        let lane = Lane(queue: queue, priority: 0)
        let taken = try await ledger.take(count / 2, from: [lane], owner: 7, lease: .seconds(60))
        let ends = taken.map { job in
            FinishedAttempt(
                id: job.id,
                epoch: job.epoch,
                attempt: job.attempt,
                result: .completed(result: nil),
                runTime: .milliseconds(3),
                releasesKey: true
            )
        }
        _ = try await ledger.finish(ends, worker: 7)
    }
}
