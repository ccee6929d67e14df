// SPDX-License-Identifier: Apache-2.0
// Martlet: connections that break, servers that are away or silent.

import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct FaultTests {
    @Test func aTerminatedBackendFailsWhatWasSent() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withLockHeld { _ in
                try await fixture.withConnection { connection in
                    let caller = Task { await failure { try await connection.execute(takeLock) } }
                    try await fixture.database.untilSomebodyWaits()
                    try await TestDatabase.onServer("SELECT pg_terminate_backend(\(connection.serverProcessID))")
                    let error = await caller.value
                    #expect(error?.code == .outcomeUnknown)
                    #expect(error?.sqlState == "57P01")
                    #expect(error?.mayHaveExecuted == true)
                    #expect(await failure { try await connection.execute(echoInt8, int8(1)) }?.code == .connectionLost)
                }
            }
        }
    }

    @Test func aPoolRecoversFromTerminatedBackends() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withPool(connections: 3) { pool in
                try await eventually { pool.status.open == 3 }
                try await TestDatabase.onServer(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = '\(fixture.database.name)'
                    """
                )
                try await eventually { await failure { try await pool.ping(deadline: .seconds(1)) } == nil }
                try await eventually { pool.status.open == 3 }
            }
        }
    }

    @Test func aServerThatIsDownIsAnAcquireTimeout() async throws {
        try await PostgresFixture.with { fixture in
            var away = fixture
            away.configuration = try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none")
            try await away.withPool(connections: 1) { settings in
                settings.acquireTimeout = .seconds(2)
            } _: { pool in
                // The cause that is checked below.
                try await eventually { pool.status.lastFailure != nil }
                let error = await failure { try await pool.execute(echoInt8, int8(1)) }
                #expect(error?.code == .acquireTimeout)
                let cause = try #require(error?.cause as? PostgresError)
                #expect(cause.code == .connectionFailed)
                #expect(cause.description.contains("refused"))
                #expect(pool.status.open == 0)
            }
        }
    }

    @Test func aSilentServerIsGivenUp() async throws {
        try await PostgresFixture.with { fixture in
            let relay = try BlackHoleRelay(to: fixture.database.url)
            defer { relay.stop() }
            var silent = fixture
            silent.configuration = try PostgresConfiguration(url: relay.url)
            silent.configuration.statementTimeout = .seconds(2)
            silent.configuration.silenceMargin = .seconds(1)
            silent.configuration.connectTimeout = .seconds(2)
            try await silent.withPool(connections: 1) { pool in
                try await eventually { await failure { try await pool.execute(echoInt8, int8(1)) } == nil }
                relay.swallow(true)
                // A caller with a longer deadline than the limit of silence learns of the loss, not of its deadline.
                let error = await failure {
                    try await pool.execute(echoInt8, int8(2), deadline: .seconds(600))
                }
                #expect(error?.code == .outcomeUnknown)
                relay.swallow(false)
                try await eventually { await failure { try await pool.execute(echoInt8, int8(3)) } == nil }
            }
        }
    }

    @Test func connectingToASilentServerEnds() async throws {
        try await PostgresFixture.with { fixture in
            let relay = try BlackHoleRelay(to: fixture.database.url)
            defer { relay.stop() }
            relay.swallow(true)
            var configuration = try PostgresConfiguration(url: relay.url)
            configuration.connectTimeout = .seconds(1)
            let start = ContinuousClock.now
            let error = await failure { try await PostgresConnection.connect(configuration, on: fixture.loop) }
            #expect(error?.code == .connectionFailed)
            #expect(ContinuousClock.now - start < patience)
        }
    }

    @Test func aCancelledConnectReturnsAtOnce() async throws {
        try await PostgresFixture.with { fixture in
            let relay = try BlackHoleRelay(to: fixture.database.url)
            defer { relay.stop() }
            relay.swallow(true)
            var configuration = try PostgresConfiguration(url: relay.url)
            configuration.connectTimeout = patience
            let attempt = Task { [configuration] in
                await failure { try await PostgresConnection.connect(configuration, on: fixture.loop) }
            }
            try await eventually { relay.accepted > 0 }
            attempt.cancel()
            #expect(await attempt.value?.code == .cancelled)
        }
    }
}
