// SPDX-License-Identifier: Apache-2.0
// Martlet: the aggregators' tables on a fresh database.

import Jobs
import Logging
import Postgres
import TestSupport

@testable import Health

/// A store on a database of its own, and SQL beside it.
struct StoreFixture: Sendable {
    let store: HealthStore
    let pool: PostgresPool
    let database: TestDatabase

    /// Lends a fixture to `body`; the database is dropped in any case.
    static func with(_ name: String, _ body: @Sendable (StoreFixture) async throws -> Void) async throws {
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
                try await body(StoreFixture(store: HealthStore(pool: pool), pool: pool, database: database))
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

    /// One text from SQL.
    func text(_ sql: String) async throws -> String { try await pool.execute(Self.statement(sql)).string(0, 0) }

    /// Runs SQL for its effect.
    func run(_ sql: String) async throws { _ = try await pool.execute(Self.statement(sql)) }

    private static func statement(_ sql: String) -> PostgresStatement {
        // One name for one text: a wait that asks again prepares nothing anew.
        PostgresStatement("test_\(UInt(bitPattern: sql.hashValue))", sql)
    }
}
