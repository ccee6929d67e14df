// SPDX-License-Identifier: Apache-2.0
// Martlet: connections that break, servers that are away or silent.

import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct FaultTests {
    @Test func aTerminatedBackendFailsWhatWasSent() async throws {
        try await PostgresFixture.with { fixture in
            try await fixture.withConnection { connection in
                let caller = Task { await failure { try await connection.execute(sleepSeconds, float8(20)) } }
                let pid = connection.serverProcessID
                try await eventually {
                    let rows = try await TestDatabase.onServer(
                        "SELECT 1 FROM pg_stat_activity WHERE pid = \(pid) AND query LIKE '%pg_sleep%' AND state = 'active'"
                    )
                    return rows.first?.rowCount == 1
                }
                try await TestDatabase.onServer("SELECT pg_terminate_backend(\(pid))")
                let error = await caller.value
                #expect(error?.code == .outcomeUnknown)
                #expect(error?.sqlState == "57P01")
                #expect(error?.mayHaveExecuted == true)
                #expect(await failure { try await connection.execute(echoInt8, int8(1)) }?.code == .connectionLost)
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
            silent.configuration.statementTimeout = .milliseconds(200)
            silent.configuration.silenceMargin = .milliseconds(100)
            try await silent.withPool(connections: 1) { pool in
                _ = try await pool.execute(echoInt8, int8(1))
                relay.swallow(true)
                // A caller with a longer deadline than the limit of silence learns of the loss, not of its deadline.
                let error = await failure {
                    try await pool.execute(echoInt8, int8(2), deadline: .seconds(20))
                }
                #expect(error?.code == .outcomeUnknown)
                relay.swallow(false)
                #expect(try await pool.execute(echoInt8, int8(3)).int64(0, 0) == 3)
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
            #expect(ContinuousClock.now - start < .seconds(4))
        }
    }

    @Test func aCancelledConnectReturnsAtOnce() async throws {
        try await PostgresFixture.with { fixture in
            let relay = try BlackHoleRelay(to: fixture.database.url)
            defer { relay.stop() }
            relay.swallow(true)
            let configuration = try PostgresConfiguration(url: relay.url)
            let attempt = Task {
                await failure { try await PostgresConnection.connect(configuration, on: fixture.loop) }
            }
            try await eventually { relay.accepted > 0 }
            attempt.cancel()
            #expect(await attempt.value?.code == .cancelled)
        }
    }
}
