// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribers by mail from their first request to their last mail, over a real mail server and a real database.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite(
    .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"),
    .enabled(if: MailServer.python != nil, "python3 with aiosmtpd is not installed")
)
struct MailSubscriptionTests {
    private func token(_ mail: MailServer.Mail?, _ path: String) throws -> SubscriptionToken {
        let text = try #require(mail?.plain)
        let start = try #require(text.firstRange(of: "https://status.example/subscriptions/\(path)"), "\(text)")
        return try #require(SubscriptionToken(String(text[start.upperBound...].prefix(43))), "\(text)")
    }

    /// Asks, follows the mail's link and presses the button.
    private func subscribe(_ desk: SubscriptionFixture, _ wish: SubscriptionWish, _ mail: MailServer, _ number: Int)
        async throws
    {
        #expect(try await desk.desk.ask(wish) == .accepted(secret: nil, token: nil))
        #expect(try await desk.work() == [])
        #expect(try await desk.desk.confirm(try token(mail.mail(number), "confirm/")))
    }

    @Test func askedConfirmedToldAndGone() async throws {
        let mail = try await MailServer("plain")
        try await SubscriptionFixture.with("mail_slice", mail: mail) { desk in
            #expect(
                try await desk.desk.ask(SubscriptionWish(.email, "Ada@Example.org"))
                    == .accepted(secret: nil, token: nil)
            )
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 0, "nobody has confirmed")
            try await desk.work()
            let question = try #require(try mail.mail())
            #expect(question.recipients == ["Ada@Example.org"] && question.sender == "status@example.org")
            #expect(question.headers["subject"] == "Confirm your subscription to Acme & Söhne")
            #expect(question.defects == [] && question.headers["list-unsubscribe"] == nil)
            let confirming = try token(question, "confirm/")
            let hex = confirming.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(
                try await desk.base.count("SELECT count(*) FROM health_confirmation WHERE digest = sha256('\\x\(hex)')")
                    == 1
            )
            #expect(
                try await desk.base.count(
                    """
                    SELECT count(*) FROM (SELECT j::text t FROM job j UNION ALL SELECT r::text FROM health_subscription_request r
                    UNION ALL SELECT c::text FROM health_confirmation c) x WHERE t LIKE '%\(confirming.text)%' OR t LIKE '%\(hex)%'
                    """
                ) == 0,
                "the token stands in the mail alone"
            )

            try await desk.happen("api", .opened, "before the confirmation", incident: 1)
            try await desk.work()
            #expect(try mail.mail(1) == nil, "who has not confirmed is told nothing")
            #expect(try await desk.desk.confirm(confirming))
            #expect(try await !desk.desk.confirm(confirming), "a link is good once")

            try await desk.happen("api", .opened, "API is DOWN: 503 <b>")
            #expect(try await desk.work() == [])
            let told = try #require(try mail.mail(1))
            #expect(told.headers["subject"] == "[Acme & Söhne] API is DOWN" && told.recipients == ["Ada@Example.org"])
            #expect(told.plain.contains("503 <b>") && told.html.contains("503 &lt;b&gt;") && told.defects == [])
            #expect(told.plain.contains("https://status.example/incidents/42"))
            #expect(!told.plain.contains("Ada Operator"), "operators are not named")
            let leaving = try token(told, "")
            let link = "<https://status.example/subscriptions/\(leaving.text)>"
            #expect(told.headers["list-unsubscribe"] == link)
            #expect(told.headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click")

            try await desk.happen("api", .comment, "we work on it")
            try await desk.happen("api", .comment, "the disk of Ada", isPublic: false)
            try await desk.happen("api", .acknowledged, "acknowledged")
            try await desk.happen("api", .resolved, "API is UP")
            #expect(try await desk.work() == [])
            let rest = try [2, 3].map { try mail.mail($0)?.headers }
            #expect(rest[0]?["subject"] == "[Acme & Söhne] Update: API is DOWN")
            #expect(rest[1]?["subject"] == "[Acme & Söhne] Resolved: API is DOWN")
            #expect(rest.allSatisfy { $0?["in-reply-to"] == told.headers["message-id"] })
            #expect(try mail.mail(4) == nil, "what is not public is not told")

            try await desk.desk.leave(leaving)
            try await desk.desk.leave(leaving)
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 0)
            try await desk.happen("api", .reopened, "API is DOWN")
            try await desk.work()
            #expect(try mail.mail(4) == nil)
        }
    }

    @Test func whoIsSubscribedGetsTheSameAnswerAndChangesTheChoiceByMail() async throws {
        let mail = try await MailServer("plain")
        try await SubscriptionFixture.with("mail_again", mail: mail) { desk in
            try await subscribe(desk, SubscriptionWish(.email, "ada@example.org"), mail, 0)
            let token = try await desk.text("SELECT encode(token, 'hex') FROM health_subscriber")
            try await subscribe(desk, SubscriptionWish(.email, "ADA@example.org", groups: ["back"]), mail, 1)
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber WHERE groups = '{back}'") == 1)
            #expect(
                try await desk.text("SELECT encode(token, 'hex') FROM health_subscriber") == token,
                "old links go on"
            )
            // The third mail is the last of the day, although the others were confirmed; the answers stay as they were.
            for _ in 0..<4 {
                #expect(
                    try await desk.desk.ask(SubscriptionWish(.email, "ada@example.org"))
                        == .accepted(secret: nil, token: nil)
                )
            }
            try await desk.work()
            #expect(try mail.mail(2) != nil && mail.mail(3) == nil)
            let text = try #require(try mail.mail(1)).plain
            #expect(text.contains("It would follow: group back.") && text.contains("replaces"), "\(text)")
            let last = try #require(try mail.mail(2)).plain
            #expect(last.contains("It would follow: everything on the page."), "\(last)")
        }
    }

    @Test func aLinkEndsAfterTwoDays() async throws {
        let mail = try await MailServer("plain")
        try await SubscriptionFixture.with("mail_old", mail: mail) { desk in
            _ = try await desk.desk.ask(SubscriptionWish(.email, "ada@example.org"))
            try await desk.work()
            let confirming = try token(mail.mail(), "confirm/")
            try await desk.base.run("UPDATE health_confirmation SET expires_at = now() - interval '1 second'")
            #expect(try await !desk.desk.confirm(confirming))
            try await desk.base.store.dropOldSubscriptionRequests()
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscription_request") == 1)
            try await desk.base.run("UPDATE health_subscription_request SET created_at = now() - interval '49 hours'")
            try await desk.base.store.dropOldSubscriptionRequests()
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscription_request") == 0)
            #expect(try await desk.base.count("SELECT count(*) FROM health_confirmation") == 0)
        }
    }

    @Test func aMailThatIsSentAgainBearsAnotherLinkAndBothAreGood() async throws {
        let mail = try await MailServer("plain")
        try await SubscriptionFixture.with("mail_twice", mail: mail) { desk in
            _ = try await desk.desk.ask(SubscriptionWish(.email, "ada@example.org"))
            try await desk.work(twice: true)
            let links = try [token(mail.mail(0), "confirm/"), token(mail.mail(1), "confirm/")]
            #expect(links[0] != links[1])
            #expect(try await desk.desk.confirm(links[0]))
            #expect(try await !desk.desk.confirm(links[1]), "the request is done")
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber") == 1)
        }
    }

    @Test func mailboxesThatDoNotExistAreForgottenOrSuspended() async throws {
        let mail = try await MailServer("plain")
        try await SubscriptionFixture.with("mail_bounce", mail: mail) { desk in
            _ = try await desk.desk.ask(SubscriptionWish(.email, "never@example.org"))
            #expect(try await desk.work() == [])
            #expect(
                try await desk.base.count("SELECT count(*) FROM health_subscription_request WHERE ended_at IS NULL")
                    == 0
            )

            try await desk.subscribe(1, .email, "never", "@example.org")
            try await desk.subscribe(1, .email, "later", "@example.org")
            for turn in 1...4 {
                try await desk.happen("api", .comment, "news \(turn)", incident: Int64(turn))
                let failures = try await desk.work()
                #expect(failures.count == 1 && failures[0].contains("greylisted"), "\(failures)")
            }
            #expect(
                try await desk.base.count(
                    "SELECT count(*) FROM health_subscriber WHERE target LIKE 'never%' AND failures = 3 AND suspended_at IS NOT NULL"
                ) == 1
            )
            #expect(
                try await desk.base.count(
                    "SELECT count(*) FROM health_subscriber WHERE target LIKE 'later%' AND failures = 0 AND suspended_at IS NULL"
                ) == 1,
                "what may pass is nobody's fault until the attempts are used up"
            )
            for turn in 5...7 {
                try await desk.happen("api", .comment, "news \(turn)", incident: Int64(turn))
                #expect(try await desk.work(attempt: 20) == [], "a full mailbox raises no alert")
            }
            #expect(try await desk.base.count("SELECT count(*) FROM health_subscriber WHERE suspended_at IS NULL") == 0)
        }
    }

    @Test func aLoginThatFailsIsNoSubscribersFault() async throws {
        let mail = try await MailServer("starttls")
        try await SubscriptionFixture.with("mail_login") { desk in
            let client = try mail.client(.startTLS, password: "wr0ng", host: "localhost")
            let from = try EmailAddress("status@example.org")
            desk.configuration.change { $0.subscriptions.email = .init(from: from, client: client) }
            try await desk.subscribe(1, .email, "ada", "@example.org")
            try await desk.happen("api")
            let failures = try await desk.work()
            #expect(failures.count == 1 && failures[0].contains("login"), "\(failures)")
            try await desk.happen("api", .comment, "more")
            let last = try await desk.work(attempt: 20)
            #expect(last.count == 1, "a job that fails for good is seen")
            #expect(try await desk.base.count("SELECT sum(failures) FROM health_subscriber") == 0)
        }
    }
}
