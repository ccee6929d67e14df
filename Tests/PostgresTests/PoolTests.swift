// SPDX-License-Identifier: Apache-2.0
// Martlet: a pool's limits, waiting, shutdown, and that it leaves no connection behind.

import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct PoolTests {
    private func open(in fixture: PostgresFixture) async throws -> Int {
        try await TestDatabase.onServer(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(fixture.database.name)'"
        )[0].int(0, 0)
    }

    @Test func callsBeforeTheFirstConnectionWait() async throws {
        try await PostgresFixture.with { fixture in
            let pool = PostgresPool(.init(fixture.configuration), loops: [fixture.loop], logger: quietLogger)
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
            let pool = PostgresPool(.init(fixture.configuration), loops: [fixture.loop], logger: quietLogger)
            let caller = Task { await failure { try await pool.execute(echoInt8, int8(4)) } }
            try await eventually { pool.status.waiting == 1 }
            caller.cancel()
            #expect(await caller.value?.code == .cancelled)
            #expect(pool.status.waiting == 0)
        }
    }

    @Test func tooManyCallsAreRefused() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withPool {
                $0.maxPending = 3
            } _: { pool in
                let sleepers = (0..<3).map { _ in Task { try await pool.execute(sleepSeconds, float8(0.3)) } }
                try await eventually { pool.status.inFlight == 3 }
                #expect(await failure { try await pool.execute(echoInt8, int8(1)) }?.code == .overloaded)
                for sleeper in sleepers { _ = try await sleeper.value }
                #expect(try await pool.execute(echoInt8, int8(1)).int64(0, 0) == 1)
            }
        }
    }

    @Test func gracefulShutdownFinishesWhatIsInFlightAndLeavesNoConnection() async throws {
        try await PostgresFixture.with { fixture in
            let pool = PostgresPool(
                .init(fixture.configuration, connections: 3),
                loops: [fixture.loop],
                logger: quietLogger
            )
            let group = ServiceGroup(services: [pool], logger: quietLogger)
            let running = Task { try await group.run() }
            try await eventually { pool.status.open == 3 }
            #expect(try await open(in: fixture) == 3)
            let caller = Task { try await pool.execute(sleepSeconds, float8(0.4)).rowCount }
            try await eventually { pool.status.inFlight == 1 }
            await group.triggerGracefulShutdown()
            #expect(try await caller.value == 1)
            try await running.value
            try await eventually { try await open(in: fixture) == 0 }
        }
    }

    @Test func churnLeavesNoConnection() async throws {
        try await PostgresFixture.with { fixture in
            for _ in 0..<10 {
                try await fixture.withPool(connections: 2) { _ = try await $0.ping(deadline: .seconds(5)) }
                try await fixture.withSession { try await $0.simpleQuery("SELECT 1") }
            }
            try await eventually { try await open(in: fixture) == 0 }
        }
    }

    @Test func aCallThatWasNotSentMovesToAnotherConnection() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withPool(connections: 1) {
                $0.window = 1
            } _: { pool in
                let sleeper = Task { await failure { try await pool.execute(sleepSeconds, float8(20)) } }
                try await eventually {
                    let rows = try await TestDatabase.onServer(
                        "SELECT 1 FROM pg_stat_activity WHERE datname = '\(fixture.database.name)' AND state = 'active'"
                    )
                    return rows.first?.rowCount == 1
                }
                let behind = Task { try await pool.execute(echoInt8, int8(6)).int64(0, 0) }
                try await eventually { pool.status.inFlight == 2 }
                try await TestDatabase.onServer(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(fixture.database.name)'"
                )
                #expect(await sleeper.value?.code == .outcomeUnknown)
                #expect(try await behind.value == 6)
            }
        }
    }
}
