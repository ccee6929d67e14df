// SPDX-License-Identifier: Apache-2.0
// Martlet: what the Postgres tests share: a loop, a database, connections, and statements that wait.

import Logging
import Postgres
import TestSupport

/// A fresh database and a loop for one test.
struct PostgresFixture: Sendable {
    let database: TestDatabase
    let loop: EventLoop
    var configuration: PostgresConfiguration

    static func with<Value>(
        _ hint: String = "postgres",
        _ body: (PostgresFixture) async throws -> Value
    ) async throws -> Value {
        try await TestDatabase.with(hint) { database in
            let loop = EventLoop(name: "test-loop")
            defer { loop.shutdown() }
            return try await body(
                PostgresFixture(database: database, loop: loop, configuration: database.configuration)
            )
        }
    }

    func withConnection<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        let connection = try await PostgresConnection.connect(configuration, on: loop)
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    @discardableResult
    func withSession<Value>(_ body: (PostgresSession) async throws -> Value) async throws -> Value {
        let session = try await PostgresSession.connect(configuration, on: loop)
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    /// Settings of a pool whose callers are patient.
    func poolSettings(connections: Int = 2) -> PostgresPoolConfiguration {
        var settings = PostgresPoolConfiguration(configuration, name: "test", connections: connections)
        settings.acquireTimeout = patience
        return settings
    }

    /// Lends a session that keeps every `takeLock` waiting until it calls `advisoryUnlock(1)`.
    func withLockHeld(_ body: (PostgresSession) async throws -> Void) async throws {
        try await withSession { holder in
            try await holder.advisoryLock(1, deadline: patience)
            try await body(holder)
        }
    }

    /// Runs a pool for the time of `body`, and sees it shut down.
    func withPool<Value: Sendable>(
        connections: Int = 2,
        _ adjust: (inout PostgresPoolConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (PostgresPool) async throws -> Value
    ) async throws -> Value {
        var settings = poolSettings(connections: connections)
        adjust(&settings)
        let pool = PostgresPool(settings, loops: [loop], logger: quietLogger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let value = try await body(pool)
            group.cancelAll()
            return value
        }
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The error that `body` throws.
func failure<Value>(_ body: () async throws -> Value) async -> PostgresError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? PostgresError ?? PostgresError(.configuration, "not an error of this module: \(error)")
    }
}

let echoInt8 = PostgresStatement("test.int8", "SELECT $1", parameters: [.int8])

/// Shared, so that several may wait on one connection; without the limit that connections set for waiting.
let takeLock = PostgresStatement(
    "test.lock",
    "SELECT set_config('lock_timeout', '0', true), pg_advisory_lock_shared(1)"
)

func int8(_ value: Int64) -> PostgresBindings {
    var bindings = PostgresBindings()
    bindings.append(value)
    return bindings
}
