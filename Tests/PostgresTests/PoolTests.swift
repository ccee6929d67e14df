// SPDX-License-Identifier: Apache-2.0
// Martlet: a pool's limits, waiting, shutdown, and that it leaves no connection behind.

import Postgres
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct PoolTests {
    private func open(in fixture: PostgresFixture) async throws -> Int {
        try await TestDatabase.onServer(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = '\(fixture.database.name)' AND backend_type = 'client backend'
            """
        )[0].int(0, 0)
    }

    @Test func callsAreReported() async throws {
        try await PostgresFixture.with { fixture in
            var settings = fixture.poolSettings()
            let calls = Mutex<[String]>([])
            settings.onCall = { operation, elapsed, error in
                calls.withLock { $0.append("\(operation) \(elapsed > .zero) \(error?.sqlState ?? "-")") }
            }
            let pool = PostgresPool(settings, loops: [fixture.loop], logger: quietLogger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                _ = try await pool.transaction([(echoInt8, int8(1)), (echoInt8, int8(2))])
                let divide = PostgresStatement("test.divide", "SELECT 1 / $1", parameters: [.int8])
                _ = await failure { try await pool.execute(divide, int8(0)) }
                group.cancelAll()
            }
            #expect(calls.withLock { $0 } == ["test.int8+test.int8 true -", "test.divide true 22012"])
        }
    }

    @Test func callsBeforeTheFirstConnectionWait() async throws {
        try await PostgresFixture.with { fixture in
            let pool = PostgresPool(fixture.poolSettings(), loops: [fixture.loop], logger: quietLogger)
            let early = Task { try await pool.execute(echoInt8, int8(4)).int64(0, 0) }
            try await eventually { pool.status.waiting == 1 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                let value = try await early.value
                #expect(value == 4)
                group.cancelAll()
            }
            #expect(await failure { try await pool.execute(echoInt8, int8(1)) }?.code == .closed)
        }
    }

    @Test func aWaitingCallerCanLeave() async throws {
        try await PostgresFixture.with { fixture in
            let pool = PostgresPool(fixture.poolSettings(), loops: [fixture.loop], logger: quietLogger)
            let caller = Task { await failure { try await pool.execute(echoInt8, int8(4)) } }
            try await eventually { pool.status.waiting == 1 }
            caller.cancel()
            #expect(await caller.value?.code == .cancelled)
            #expect(pool.status.waiting == 0)
        }
    }

    @Test func tooManyCallsAreRefused() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withLockHeld { holder in
                try await fixture.withPool {
                    $0.maxPending = 3
                } _: { pool in
                    let waiting = (0..<3).map { _ in Task { try await pool.execute(takeLock) } }
                    try await eventually { pool.status.inFlight == 3 }
                    #expect(await failure { try await pool.execute(echoInt8, int8(1)) }?.code == .overloaded)
                    try await holder.advisoryUnlock(1)
                    for caller in waiting { _ = try await caller.value }
                    #expect(try await pool.execute(echoInt8, int8(1)).int64(0, 0) == 1)
                }
            }
        }
    }

    @Test func gracefulShutdownFinishesWhatIsInFlightAndLeavesNoConnection() async throws {
        try await PostgresFixture.with { fixture in
            var settings = fixture.poolSettings(connections: 3)
            settings.drainTimeout = patience
            let pool = PostgresPool(settings, loops: [fixture.loop], logger: quietLogger)
            let group = ServiceGroup(services: [pool], logger: quietLogger)
            let running = Task { try await group.run() }
            try await eventually { pool.status.open == 3 }
            #expect(try await open(in: fixture) == 3)
            try await fixture.withLockHeld { holder in
                let caller = Task { try await pool.execute(takeLock).rowCount }
                try await fixture.database.untilSomebodyWaits()
                await group.triggerGracefulShutdown()
                try await eventually { await failure { try await pool.ping(deadline: patience) }?.code == .closed }
                try await holder.advisoryUnlock(1)
                #expect(try await caller.value == 1)
            }
            try await running.value
            try await eventually { try await open(in: fixture) == 0 }
        }
    }

    @Test func churnLeavesNoConnection() async throws {
        try await PostgresFixture.with { fixture in
            for _ in 0..<10 {
                try await fixture.withPool(connections: 2) { _ = try await $0.ping(deadline: patience) }
                try await fixture.withSession { try await $0.simpleQuery("SELECT 1") }
            }
            try await eventually { try await open(in: fixture) == 0 }
        }
    }

    @Test func aCallThatWasNotSentMovesToAnotherConnection() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withLockHeld { _ in
                try await fixture.withPool(connections: 1) {
                    $0.window = 1
                } _: { pool in
                    let first = Task { await failure { try await pool.execute(takeLock) } }
                    try await fixture.database.untilSomebodyWaits()
                    let behind = Task { try await pool.execute(echoInt8, int8(6)).int64(0, 0) }
                    try await eventually { pool.status.inFlight == 2 }
                    try await TestDatabase.onServer(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = '\(fixture.database.name)' AND wait_event_type = 'Lock'
                        """
                    )
                    #expect(await first.value?.code == .outcomeUnknown)
                    #expect(try await behind.value == 6)
                }
            }
        }
    }
}
