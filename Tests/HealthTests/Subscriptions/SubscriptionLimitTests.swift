// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that strangers keep neither operators, nor each other, nor a stranger's mailbox busy.

import Jobs
import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct SubscriptionLimitTests {
    private static let waiting = "SELECT count(*) FROM health_subscription_request WHERE ended_at IS NULL"

    @Test func subscribersHaveQueuesOfTheirOwn() async throws {
        try await SubscriptionFixture.with("limit_queues", webhooks: SubscriptionFixture.local) { desk in
            try await desk.subscribe(2, .webhook, "http://127.0.0.1:1/", "")
            try await desk.subscribe(3, .email, "ada", "@example.org")
            _ = try await desk.desk.ask(SubscriptionWish(.webhook, "http://127.0.0.1:1/new"))
            try await desk.happen("api")
            let page = try #require(try await desk.next(of: FanOutHandler.kind))
            let handler = try #require(desk.desk.handlers.first { $0.kind == page.kind })
            _ = try await handler.run(
                JobContext(
                    id: JobID(rawValue: page.id),
                    kind: page.kind,
                    args: page.args,
                    logger: SubscriptionFixture.logger
                )
            )
            func count(_ queue: String, _ kind: String) async throws -> Int64 {
                try await desk.base.count(
                    """
                    SELECT count(*) FROM job JOIN job_live USING (id) JOIN queue q ON q.id = job_live.queue_id
                    WHERE q.name = '\(queue)' AND job.kind = '\(kind)'
                    """
                )
            }
            #expect(try await count("martlet.health.webhooks", "health.tell") == 2)
            #expect(try await count("martlet.health.subscribers", "health.tell") == 3)
            #expect(try await count("martlet.health.subscribers", "health.confirm") == 1)
            #expect(try await count("martlet.health.subscribers", "health.fanout") == 1)
            #expect(try await desk.base.count("SELECT count(*) FROM queue WHERE name = 'martlet.health'") == 0)
            #expect(Set(desk.desk.handlers.map(\.kind)) == ["health.tell", "health.confirm", "health.fanout"])
            #expect(desk.desk.webhookHandlers.map(\.kind) == ["health.tell"])
        }
    }

    /// What waits for a place holds none: it is taken back to the ledger, and that is no attempt.
    @Test func aHostIsAskedTwiceAtOnceAndAllHostsFourTimes() async throws {
        let places = HostPlaces()
        try await places.use("a") {
            try await places.use("a", isChallenge: true) {
                await #expect(throws: JobSnooze.self) { try await places.use("a") {} }
                try await places.use("b", isChallenge: true) {
                    try await places.use("b", isChallenge: true) {
                        try await places.use("c", isChallenge: true) {
                            await #expect(throws: JobSnooze.self) {
                                try await places.use("d", isChallenge: true) {}
                            }
                            try await places.use("d") {}
                        }
                    }
                }
            }
            try await places.use("a") {}
        }
        await #expect(throws: CancellationError.self) { try await places.use("a") { throw CancellationError() } }
        try await places.use("a") { try await places.use("a") {} }
    }

    @Test func tellingAndAskingTakeTheHostsPlaces() async throws {
        try await SubscriptionFixture.with("limit_places", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with { hook, address in
                let teller = try #require(desk.desk.webhookHandlers.first as? TellHandler)
                try await desk.subscribe(1, .webhook, "\(address)/", "")
                try await desk.happen("api")
                _ = try await desk.desk.ask(SubscriptionWish(.webhook, "\(address)/new"))
                try await teller.places.use("127.0.0.1") {
                    try await teller.places.use("127.0.0.1") {
                        await #expect(throws: JobSnooze.self, "the challenge") { try await desk.work() }
                        try await desk.base.run(
                            "DELETE FROM job_live USING job WHERE job.id = job_live.id AND kind = 'health.confirm'"
                        )
                        await #expect(throws: JobSnooze.self, "the telling") { try await desk.work() }
                        #expect(hook.posts.isEmpty)
                    }
                }
                #expect(try await desk.work() == [])
                #expect(hook.told.count == 1)
            }
        }
    }

    @Test func aHostHasTwentyWebhooks() async throws {
        try await SubscriptionFixture.with("limit_host", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with { _, address in
                try await desk.subscribe(19, .webhook, "\(address)/", "")
                try await desk.base.run("UPDATE health_subscriber SET host = '127.0.0.1'")
                for path in ["twentieth", "over"] {
                    _ = try await desk.desk.ask(SubscriptionWish(.webhook, "\(address)/\(path)"))
                    #expect(try await desk.work() == [])
                }
                #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 20)
                #expect(
                    try await desk.base.count("SELECT count(*) FROM health_subscriber WHERE target LIKE '%twentieth'")
                        == 1
                )
                // One that is there already begins anew.
                try await desk.base.run("UPDATE health_subscriber SET suspended_at = now() WHERE target LIKE '%/1'")
                _ = try await desk.desk.ask(SubscriptionWish(.webhook, "\(address)/1"))
                #expect(try await desk.work() == [])
                #expect(
                    try await desk.base.count("SELECT count(*) FROM health_subscriber WHERE suspended_at IS NULL") == 20
                )
            }
        }
    }

    /// Whether it was refused, ended or confirmed: what was asked today counts.
    @Test func aTargetIsAskedThreeTimesADayWhateverBecameOfIt() async throws {
        try await SubscriptionFixture.with("limit_target", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with(.deaf) { hook, address in
                let wish = SubscriptionWish(.webhook, "\(address)/")
                _ = try await desk.desk.ask(wish)
                #expect(try await desk.work(attempt: 8) == [])
                hook.behave(.repeats)
                for _ in 0..<4 {
                    guard case .accepted(_?, let token?) = try await desk.desk.ask(wish) else {
                        throw ClusterFailure("the answer is another one")
                    }
                    #expect(try await desk.work() == [])
                    try await desk.desk.leave(try #require(SubscriptionToken(token)))
                }
                #expect(hook.posts.count == 3)
                #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 0)
                try await desk.base.run(
                    "UPDATE health_subscription_request SET created_at = now() - interval '25 hours'"
                )
                _ = try await desk.desk.ask(wish)
                #expect(try await desk.work() == [])
                #expect(hook.posts.count == 4)
            }
        }
    }

    @Test func aRequestThatEndedIsNotConfirmed() async throws {
        try await SubscriptionFixture.with("limit_ended", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with { hook, address in
                guard
                    case .accepted(_, let token?) = try await desk.desk.ask(
                        SubscriptionWish(.webhook, "\(address)/")
                    )
                else { throw ClusterFailure("the answer is another one") }
                try await desk.desk.leave(try #require(SubscriptionToken(token)))
                #expect(try await desk.work() == [])
                #expect(hook.posts.isEmpty)
                try await desk.base.store.confirmWebhook(
                    try await desk.base.count("SELECT id FROM health_subscription_request")
                )
                #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 0)
            }
        }
    }

    @Test func oneNetworkDoesNotFillTheRoomOfAll() async throws {
        try await SubscriptionFixture.with("limit_network", webhooks: SubscriptionFixture.local) { desk throws in
            func ask(_ number: Int, _ client: String) async throws -> Bool {
                let wish = SubscriptionWish(.webhook, "http://127.0.0.1:1/\(number)")
                return try await desk.desk.ask(wish, from: client) != .full
            }
            for number in 1...25 { #expect(try await ask(number, "192.0.2.\(number)")) }
            #expect(try await desk.base.count(Self.waiting) == 20)
            #expect(
                try await desk.base.count("SELECT max(id) FROM health_subscription_request WHERE ended_at IS NOT NULL")
                    == 5,
                "the oldest of them make room"
            )
            for number in 26...60 { #expect(try await ask(number, "192.0.2.1")) }
            #expect(try await !ask(61, "192.0.2.1"), "so many an hour")
            #expect(try await ask(61, "192.0.3.1"))
            #expect(try await ask(62, "2001:db8::1"))
            #expect(try await desk.base.count(Self.waiting) == 22)
            #expect(
                try await desk.base.count("SELECT count(DISTINCT network) FROM health_subscription_request") == 3
            )
            #expect(
                try await desk.base.count(
                    "SELECT count(*) FROM health_subscription_request WHERE octet_length(network) = 32"
                ) == 62
            )
        }
    }

    @Test func networksAreSlash24AndSlash48() {
        let network = SubscriptionRequest.network
        #expect(network("192.0.2.1") == network("192.0.2.254") && network("192.0.2.1") != network("192.0.3.1"))
        #expect(network("2001:db8:1:2::3") == network("2001:db8:1:ffff::1"))
        #expect(network("2001:db8:1::1") != network("2001:db8:2::1"))
        #expect(network(nil) == network("nonsense"))
    }

    @Test func allTogetherAreTakenSoManyAnHour() async throws {
        try await SubscriptionFixture.with("limit_hour", webhooks: SubscriptionFixture.local) { desk in
            try await desk.base.run(
                """
                INSERT INTO health_subscription_request (kind, target, target_key, checks, groups, token, ended_at)
                SELECT 'email', n, n, '{}', '{}', sha256(n::text::bytea), now() FROM generate_series(1, 1000) n
                """
            )
            let wish = SubscriptionWish(.webhook, "http://127.0.0.1:1/")
            #expect(try await desk.desk.ask(wish, from: "192.0.2.1") == .full)
            try await desk.base.run(
                "UPDATE health_subscription_request SET created_at = now() - interval '61 minutes' WHERE target = '1'"
            )
            #expect(try await desk.desk.ask(wish, from: "192.0.2.1") != .full)
        }
    }
}
