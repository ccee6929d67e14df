// SPDX-License-Identifier: Apache-2.0
// Martlet: a fresh database for one round, and the questions that decide a figure.

import Postgres
import Redis

/// A database of our own, with one plain session.
struct BenchDatabase: Sendable {
    let name: String
    let session: PostgresSession

    /// Makes a database, runs `body`, and removes it.
    ///
    /// - Parameters:
    ///   - template: The database to copy; nil for an empty one.
    ///   - settings: Server settings of the session.
    static func with<Value: Sendable>(
        _ lab: Lab,
        _ label: String,
        template: String? = Lab.template,
        settings: [(name: String, value: String)] = [],
        _ body: (BenchDatabase) async throws -> Value
    ) async throws -> Value {
        let name = "martlet_bench_\(label)"
        let source = template.map { " TEMPLATE \($0)" } ?? ""
        try await lab.admin.simpleQuery("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        try await lab.admin.simpleQuery("CREATE DATABASE \(name)\(source)")
        // Whatever earlier rounds left to be written is written now, and not during the measurement.
        try await lab.admin.simpleQuery("CHECKPOINT", deadline: .seconds(120))
        var configuration = try PostgresConfiguration(url: lab.surroundings.url(ofDatabase: name))
        configuration.applicationName = "martlet-bench"
        configuration.statementTimeout = .zero
        configuration.serverSettings = settings
        let session = try await PostgresSession.connect(configuration, on: lab.loop)
        let value = try await body(BenchDatabase(name: name, session: session))
        await session.close()
        try await lab.admin.simpleQuery("DROP DATABASE \(name) WITH (FORCE)")
        return value
    }

    /// One number.
    func number(_ sql: String) async throws -> Double {
        guard let result = try await session.simpleQuery(sql, deadline: .seconds(120)).last, result.rowCount == 1 else {
            throw BenchError(.count, "no single row came for: \(sql)")
        }
        return result.isNull(0, 0) ? 0 : try result.double(0, 0)
    }

    /// Jobs that the ledger has.
    func jobs() async throws -> Int { Int(try await number("SELECT count(*) FROM job")) }

    /// Receipts.
    func receipts() async throws -> Int { Int(try await number("SELECT count(*) FROM job_done")) }

    /// Receipts by the batches' tallies: cheap enough to ask while jobs run.
    func tallied() async throws -> Int { Int(try await number("SELECT coalesce(sum(jobs), 0) FROM tally")) }

    /// Makes the stream of the default queue, as a worker would; returns its key.
    func makeStream(_ lab: Lab) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(10)
        while try await number("SELECT generation FROM bus") == 0 {
            guard ContinuousClock.now < deadline else { throw BenchError(.timeout, "no bus generation was agreed on") }
            try await Task.sleep(for: .milliseconds(20))
        }
        let generation = Int(try await number("SELECT generation FROM bus"))
        let lane = Int(try await number("SELECT id * 10 FROM queue WHERE name = 'default'"))
        let key = "\(name):\(generation):\(lane)"
        _ = try await lab.redis.send(RedisCommand("DEL", key))
        _ = try await lab.redis.send(RedisCommand("XGROUP", "CREATE", key, "workers", "0", "MKSTREAM"))
        return key
    }

    /// Back to a ledger without jobs and a bus without entries, so that what comes first has no advantage.
    func empty(_ lab: Lab) async throws {
        try await session.simpleQuery("TRUNCATE job, job_live, job_done, job_attempt, tally", deadline: .seconds(60))
        let keys = try await lab.redis.send(RedisCommand("KEYS", "\(name):*")).array ?? []
        for key in keys.compactMap(\.string) where !key.hasPrefix("\(name):mark:") {
            _ = try await lab.redis.send(RedisCommand("DEL", key))
        }
        try await session.simpleQuery("CHECKPOINT", deadline: .seconds(120))
    }
}
