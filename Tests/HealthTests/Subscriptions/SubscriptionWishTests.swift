// SPDX-License-Identifier: Apache-2.0
// Martlet: what can be subscribed, room, tokens, and what operators see.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct SubscriptionWishTests {
    /// What is wrong with a wish; nothing when it is taken.
    private func refusal(of wish: SubscriptionWish, at desk: SubscriptionDesk) async -> String {
        do throws(HealthError) {
            _ = try await desk.ask(wish)
            return ""
        } catch {
            #expect(error.code == .invalid)
            return error.problems.map { "\($0.path): \($0.problem); allowed: \($0.allowed)" }.joined(separator: "; ")
        }
    }

    @Test func badWishesAreNamed() async throws {
        let strict = SubscriptionSettings.Webhooks()
        try await SubscriptionFixture.with("wishes", webhooks: strict) { desk in
            let bad: [(SubscriptionWish, String)] = [
                (SubscriptionWish(.email, "ada@example.org"), "email: is not offered here; allowed: webhook"),
                (SubscriptionWish(.webhook, "http://example.org/"), "webhook: must start with https://"),
                (SubscriptionWish(.webhook, "ftp://example.org/"), "webhook: must start with http:// or https://"),
                (SubscriptionWish(.webhook, "https://a:b@example.org/"), "webhook: must not hold a user"),
                (SubscriptionWish(.webhook, "https://10.0.0.1/"), "webhook: the host has a private address"),
                (SubscriptionWish(.webhook, "https://[::1]/"), "webhook: the host has a loopback address"),
                (SubscriptionWish(.webhook, "https://169.254.169.254/"), "webhook: the host has a link-local address"),
                (SubscriptionWish(.webhook, "https://2130706433/"), "webhook: has an IPv4 address that is not written"),
                (SubscriptionWish(.webhook, "https://8.8.8.8:25/"), "webhook: port 25 is not allowed"),
                (SubscriptionWish(.webhook, "https://example.org/\r\nx: y"), "webhook: holds characters"),
                (SubscriptionWish(.webhook, ""), "webhook: must start with"),
                (SubscriptionWish(.webhook, "https://example.org/", checks: ["secret"]), "checks.0: is not shown here"),
                (SubscriptionWish(.webhook, "https://example.org/", groups: ["none"]), "groups.0: is not shown here"),
                (
                    SubscriptionWish(.webhook, "https://example.org/", checks: Array(repeating: "api", count: 101)),
                    "checks: are 101; allowed: at most 100"
                ),
            ]
            for (wish, expected) in bad {
                let text = await refusal(of: wish, at: desk.desk)
                #expect(text.contains(expected), "\(text)")
            }
            // A `try` in a macro alone does not make this closure one that throws.
            let kept = try await desk.base.count("SELECT count(*) FROM health_subscription_request")
            let jobs = try await desk.base.count("SELECT count(*) FROM job")
            #expect(kept == 0 && jobs == 0)
        }
    }

    @Test(arguments: [
        "", "ada", "ada@", "@example.org", "a b@example.org", "ada@example.org\r\nBcc: x@example.org", "ä@example.org",
    ])
    func badAddressesAreRefused(address: String) async throws {
        var configuration = HealthConfiguration(policy: try NotificationPolicy(routes: []))
        configuration.subscriptions.email = .init(
            from: try EmailAddress("status@example.org"),
            client: try SMTPClient(SMTPConfiguration(host: "localhost", port: 1, security: .none))
        )
        let given = configuration
        let error = #expect(throws: HealthError.self) { try SubscriptionWish(.email, address).checked(by: given) }
        #expect(error?.problems.first?.path == "email")
    }

    @Test func thereIsOnlySoMuchRoom() async throws {
        try await SubscriptionFixture.with("room", webhooks: SubscriptionFixture.local) { desk in
            desk.configuration.change { $0.subscriptions.limit = 3 }
            try await desk.subscribe(2, .webhook, "http://127.0.0.1:1/", "")
            let wish = SubscriptionWish(.webhook, "http://127.0.0.1:1/new")
            #expect(try await desk.desk.ask(wish) != .full)
            try await desk.subscribe(1, .webhook, "http://127.0.0.1:2/", "")
            #expect(try await desk.desk.ask(wish) == .full)
            #expect(
                try await desk.desk.ask(SubscriptionWish(.webhook, "http://127.0.0.1:1/1")) == .full,
                "who is subscribed gets the same answer"
            )
            #expect(try await desk.base.store.hasRoom(subscribers: 4, requests: 2, network: []))
            #expect(try await !desk.base.store.hasRoom(subscribers: 4, requests: 1, network: []))
        }
    }

    @Test func aTargetIsAskedThreeTimesADay() async throws {
        try await SubscriptionFixture.with("often", webhooks: SubscriptionFixture.local) { desk in
            for turn in 1...5 {
                let answer = try await desk.desk.ask(SubscriptionWish(.webhook, "http://127.0.0.1:1/"))
                guard case .accepted(_?, _?) = answer else { throw ClusterFailure("\(turn): \(answer)") }
            }
            #expect(try await desk.base.count("SELECT count(*) FROM job") == 3)
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscription_request") == 3)
        }
    }

    @Test func operatorsSeeMaskedTargetsInPages() async throws {
        try await SubscriptionFixture.with("operators", webhooks: SubscriptionFixture.local) { desk in
            try await desk.subscribe(3, .webhook, "https://hooks.example.org/secret", "")
            try await desk.subscribe(2, .email, "ada", "@example.org")
            let first = try await desk.desk.subscribers(before: nil, kind: nil, limit: 3)
            #expect(first.map(\.id) == [5, 4, 3])
            #expect(first.map(\.masked) == ["a…@example.org", "a…@example.org", "https://hooks.example.org/…"])
            #expect(try await desk.desk.subscribers(before: 3, kind: nil, limit: 3).map(\.id) == [2, 1])
            #expect(try await desk.desk.subscribers(before: nil, kind: .email, limit: 9).map(\.id) == [5, 4])
            #expect(try await desk.desk.remove(5) == .email)
            #expect(try await desk.desk.remove(5) == nil)
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 4)
        }
    }

    @Test func tokensHaveOneSpelling() throws {
        for _ in 0..<200 {
            let token = SubscriptionToken()
            #expect(SubscriptionToken(token.text) == token && token.text.utf8.count == 43)
            #expect(!"\(token)".contains(token.text) && !String(reflecting: token).contains(token.text))
        }
        let good = SubscriptionToken(bytes: [UInt8](repeating: 0xFF, count: 32))?.text ?? ""
        #expect(good == String(repeating: "_", count: 42) + "8")
        // The last character's spare bits must be zero, or there were four spellings of each.
        for text in ["", "x", good.dropLast() + "9", good.dropLast() + "=", good + "_", good.replacing("_", with: "/")]
        {
            #expect(SubscriptionToken(String(text)) == nil, "\(text)")
        }
    }
}
