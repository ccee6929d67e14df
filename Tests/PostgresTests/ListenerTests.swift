// SPDX-License-Identifier: Apache-2.0
// Martlet: notifications arrive, and a lost connection shows as one resync.

import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"), .timeLimit(.minutes(3)))
struct ListenerTests {
    @Test func aLostConnectionListensAgainThenResyncs() async throws {
        try await PostgresFixture.with { fixture in
            let listener = PostgresListener(
                fixture.configuration,
                on: fixture.loop,
                channels: ["job", "odd \"name\""],
                pingInterval: .seconds(600),
                logger: quietLogger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listener.run() }
                var events = listener.events.makeAsyncIterator()
                #expect(await events.next() == .resync)
                try await fixture.withSession { session in
                    try await session.simpleQuery("NOTIFY job, 'one'")
                    let first = await events.next()
                    guard case .notification(let notification) = first else {
                        Issue.record("no notification: \(String(describing: first))")
                        return
                    }
                    #expect(notification.channel == "job")
                    #expect(notification.payload == "one")
                    try await session.simpleQuery(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid()
                        """
                    )
                    #expect(await events.next() == .resync)
                    // Sent after the resync, so it cannot be missed.
                    try await session.simpleQuery("NOTIFY \"odd \"\"name\"\"\", 'two'")
                    guard case .notification(let second) = await events.next() else {
                        Issue.record("no second notification")
                        return
                    }
                    #expect(second.channel == "odd \"name\"")
                }
                group.cancelAll()
                #expect(await events.next() == nil)
            }
        }
    }

    @Test func aSlowConsumerIsToldToResync() async throws {
        try await PostgresFixture.with { fixture in
            let listener = PostgresListener(
                fixture.configuration,
                on: fixture.loop,
                channels: ["job"],
                bufferLimit: 4,
                logger: quietLogger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listener.run() }
                var events = listener.events.makeAsyncIterator()
                #expect(await events.next() == .resync)
                try await fixture.withSession { session in
                    var (sawResync, round) = (false, 0)
                    // A burst may come in so slowly that its reader keeps up; and the resync may follow the newest notification.
                    while !sawResync {
                        round += 1
                        try await session.simpleQuery(
                            "SELECT pg_notify('job', '\(round).' || n) FROM generate_series(1, 50) n"
                        )
                        try await Task.sleep(for: .milliseconds(20))
                        while let event = await events.next() {
                            if event == .resync { sawResync = true }
                            if case .notification(let notification) = event, notification.payload == "\(round).50" {
                                break
                            }
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    @Test func aSilentServerIsNoticed() async throws {
        try await PostgresFixture.with { fixture in
            let relay = try BlackHoleRelay(to: fixture.database.url)
            defer { relay.stop() }
            var configuration = try PostgresConfiguration(url: relay.url)
            configuration.connectTimeout = .milliseconds(200)
            let listener = PostgresListener(
                configuration,
                on: fixture.loop,
                channels: ["job"],
                pingInterval: .milliseconds(50),
                logger: quietLogger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listener.run() }
                var events = listener.events.makeAsyncIterator()
                #expect(await events.next() == .resync)
                relay.swallow(true)
                try await eventually { relay.accepted > 1 }
                relay.swallow(false)
                #expect(await events.next() == .resync)
                group.cancelAll()
            }
        }
    }
}
