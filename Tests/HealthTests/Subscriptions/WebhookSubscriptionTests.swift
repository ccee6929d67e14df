// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribers by webhook: challenges, signatures, the guard, and those who want no more.

import Crypto
import FoundationEssentials
import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct WebhookSubscriptionTests {
    private func secret(_ answer: SubscriptionDesk.Answer) throws -> (secret: String, token: SubscriptionToken) {
        guard case .accepted(let secret?, let token?) = answer else { throw ClusterFailure("\(answer)") }
        return (secret, try #require(SubscriptionToken(token)))
    }

    /// As the specification says, by other means than the program's.
    private func isSigned(_ post: HookServer.Post, _ secret: String) throws -> Bool {
        let key = SymmetricKey(data: try #require(Data(base64Encoded: String(secret.dropFirst(6)))))
        let id = try #require(post.headers["webhook-id"])
        let time = try #require(post.headers["webhook-timestamp"])
        let content = Array("\(id).\(time).".utf8) + post.body
        let code = Data(HMAC<SHA256>.authenticationCode(for: content, using: key)).base64EncodedString()
        return post.headers["webhook-signature"] == "v1,\(code)"
    }

    @Test(arguments: [HookServer.Manner.repeats, .repeatsPlainly])
    func challengedToldAndGone(manner: HookServer.Manner) async throws {
        try await SubscriptionFixture.with("hook_slice", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with(manner) { hook, address in
                let wish = SubscriptionWish(.webhook, "\(address)/hook?key=1", checks: ["api"])
                let (secret, token) = try secret(try await desk.desk.ask(wish))
                #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 0)
                #expect(try await desk.work() == [])
                let challenge = try #require(hook.posts.first)
                #expect(challenge.path == "/hook?key=1" && challenge.type == "subscription.challenge")
                #expect(try isSigned(challenge, secret))
                #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber WHERE checks = '{api}'") == 1)

                try await desk.happen("api", .opened, "API is DOWN: 503")
                try await desk.happen("db", .opened, "another check", incident: 43)
                #expect(try await desk.work() == [])
                let told = try #require(hook.told.first)
                #expect(hook.told.count == 1 && told.type == "incident.opened")
                #expect(try isSigned(told, secret))
                #expect(told.data["title"].text == "API is DOWN" && told.data["text"].text == "API is DOWN: 503")
                #expect(told.data["url"].text == "https://status.example/incidents/42")
                #expect(!String(decoding: told.body, as: UTF8.self).contains("Ada Operator"))

                try await desk.desk.leave(token)
                try await desk.happen("api", .resolved, "over")
                try await desk.work()
                #expect(hook.told.count == 1)
            }
        }
    }

    @Test func whoDoesNotRepeatIsNotSubscribed() async throws {
        try await SubscriptionFixture.with("hook_deaf", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with(.deaf) { hook, address in
                try await HookServer.with { other, elsewhere in
                    for manner in [HookServer.Manner.deaf, .status(500), .status(201), .redirects(elsewhere)] {
                        hook.behave(manner)
                        _ = try await desk.desk.ask(SubscriptionWish(.webhook, "\(address)/\(hook.posts.count)"))
                        let failures = try await desk.work()
                        if case .status(201) = manner {
                            #expect(failures == [])
                        } else {
                            #expect(failures.count == 1, "\(manner)")
                        }
                    }
                    #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 1)
                    #expect(
                        try await desk.base.count(
                            "SELECT count(*) FROM health_subscription_request WHERE ended_at IS NULL"
                        ) == 3
                    )
                    hook.behave(.deaf)
                    _ = try await desk.desk.ask(SubscriptionWish(.webhook, "\(address)/last"))
                    #expect(try await desk.work(attempt: 8) == [], "strangers raise no alert")
                    #expect(
                        try await desk.base.count(
                            "SELECT count(*) FROM health_subscription_request WHERE ended_at IS NULL"
                        ) == 3
                    )
                    #expect(other.posts.isEmpty, "redirects are not followed")
                }
            }
        }
    }

    @Test func addressesInsideAreNotReached() async throws {
        let strict = SubscriptionSettings.Webhooks(policy: AddressPolicy(), allowsClear: true)
        try await SubscriptionFixture.with("hook_inside", webhooks: strict) { desk in
            try await HookServer.with { hook, address in
                let port = try #require(address.split(separator: ":").last)
                await #expect(throws: HealthError.self) { try await desk.desk.ask(SubscriptionWish(.webhook, address)) }
                // A name is taken, and vetted when it is connected to.
                _ = try await desk.desk.ask(SubscriptionWish(.webhook, "http://localhost:\(port)/"))
                let failures = try await desk.work()
                #expect(failures.count == 1 && failures[0].contains("which is not allowed"), "\(failures)")
                // One that was subscribed when it led elsewhere.
                try await desk.subscribe(1, .webhook, "http://localhost:\(port)/", "")
                try await desk.happen("api")
                #expect(try await desk.work().count == 1)
                #expect(hook.posts.isEmpty)
                // Where a name leads is held against nobody, and a stranger's name raises no alert.
                try await desk.happen("api", .comment, "more")
                #expect(try await desk.work(attempt: 20) == [])
                #expect(try await desk.base.count("SELECT sum(failures) FROM health_subscriber") == 0)
            }
        }
    }

    @Test func aWebhookThatIsSubscribedIsNotChangedByStrangers() async throws {
        try await SubscriptionFixture.with("hook_stranger", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with { hook, address in
                let (first, _) = try secret(try await desk.desk.ask(SubscriptionWish(.webhook, address)))
                try await desk.work()
                let (second, token) = try secret(
                    try await desk.desk.ask(SubscriptionWish(.webhook, address, checks: ["db"]))
                )
                try await desk.work()
                try await desk.desk.leave(token)
                try await desk.happen("api")
                try await desk.work()
                let told = try #require(hook.told.first)
                #expect(first != second)
                #expect(try isSigned(told, first) && !isSigned(told, second))
            }
        }
    }

    @Test func whatIsGoneIsRemovedAndWhatRefusesIsSuspended() async throws {
        try await SubscriptionFixture.with("hook_gone", webhooks: SubscriptionFixture.local) { desk in
            try await HookServer.with(.status(400)) { hook, address in
                try await desk.subscribe(1, .webhook, "\(address)/", "")
                for turn in 1...2 {
                    try await desk.happen("api", .comment, "news", incident: Int64(turn))
                    #expect(try await desk.work() == [])
                }
                #expect(try await desk.base.count("SELECT failures FROM health_subscriber") == 2)
                hook.behave(.status(204))
                try await desk.happen("api", .comment, "news", incident: 3)
                #expect(try await desk.work() == [])
                #expect(try await desk.base.count("SELECT failures FROM health_subscriber") == 0, "they are forgiven")

                hook.behave(.status(503))
                for turn in 4...6 {
                    try await desk.happen("api", .comment, "news", incident: Int64(turn))
                    #expect(try await desk.work(attempt: 20) == [])
                }
                #expect(
                    try await desk.base.count("SELECT count(*) FROM health_subscriber WHERE suspended_at IS NOT NULL")
                        == 1
                )
                let count = hook.posts.count
                try await desk.happen("api", .comment, "news", incident: 7)
                #expect(try await desk.work() == [])
                #expect(hook.posts.count == count, "a suspended one is told nothing")

                hook.behave(.repeats)
                _ = try await desk.desk.ask(SubscriptionWish(.webhook, "\(address)/1"))
                #expect(try await desk.work() == [])
                #expect(
                    try await desk.base.count("SELECT count(*) FROM health_subscriber WHERE suspended_at IS NULL") == 1
                )
                hook.behave(.status(410))
                try await desk.happen("api", .comment, "news", incident: 8)
                #expect(try await desk.work() == [])
                #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 0)
            }
        }
    }

    @Test func filesThatCanNotBeReadAreNoSubscribersFault() async throws {
        var settings = try SubscriptionFixture.local
        settings.tls.authorityFile = "/nowhere/ca.pem"
        try await SubscriptionFixture.with("hook_files", webhooks: settings) { desk in
            try await HookServer.with { _, address in
                try await desk.subscribe(1, .webhook, address.replacing("http:", with: "https:") + "/", "")
                for turn in 1...4 {
                    try await desk.happen("api", .comment, "news", incident: Int64(turn))
                    #expect(try await desk.work(attempt: 20).count == 1, "a job that fails for good is seen")
                }
                #expect(
                    try await desk.base.count(
                        "SELECT count(*) FROM health_subscriber WHERE failures = 0 AND suspended_at IS NULL"
                    ) == 1
                )
            }
        }
    }
}
