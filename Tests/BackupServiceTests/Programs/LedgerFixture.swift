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
    init(_ server: RecoveryServer, on loop: EventLoop) async throws {
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
    ///
    /// - Parameter text: Characters of each that don't compress well, besides what a job needs.
    func add(_ count: Int, text: Int = 0) async throws {
        try await lend { try await Self.fill($0, count, text: text) }
    }

    /// Takes waiting jobs as a worker does.
    /// - Returns: how many there were.
    func take(_ count: Int) async throws -> Int {
        try await lend { ledger in
            let lane = Lane(queue: try await ledger.queueNumber("default"), priority: 0)
            return try await ledger.take(count, from: [lane], owner: 8, lease: .seconds(60)).count
        }
    }

    private func lend<Value: Sendable>(_ body: @escaping @Sendable (Ledger) async throws -> Value) async throws -> Value
    {
        var settings = PostgresPoolConfiguration(try PostgresConfiguration(url: url), name: "test")
        settings.connection.serverSettings = LedgerTuning.settings
        let pool = PostgresPool(settings, loops: [loop], logger: Self.silent)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await pool.run()
                return nil
            }
            group.addTask { try await body(Ledger(pool: pool)) }
            while let ended = try await group.next() {
                guard let value = ended else { continue }
                group.cancelAll()
                return value
            }
            throw ClusterFailure("the ledger was not lent")
        }
    }

    private static func fill(_ ledger: Ledger, _ count: Int, text: Int) async throws {
        let queue = try await ledger.queueNumber("default")
        var dice = SeededGenerator(seed: UInt64(count))
        let rows = (0..<count).map { number in
            let words = (0..<(text + 15) / 16).map { _ in String(dice.next(), radix: 16) }.joined()
            let args = text == 0 ? #"{"number":\#(number)}"# : #"{"number":\#(number),"text":"\#(words)"}"#
            let job = NewJob(kind: "noop", args: Array(args.utf8))
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
