// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that each follower is told once whoever dies when, and that nothing is told that is not public.

import Jobs
import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct AnnouncementTests {
    private static let tellings = "SELECT count(*) FROM job WHERE kind = 'health.tell'"

    /// 1,201 subscribers are three pages. Leaders die before they note what they did, and workers before their job's end is recorded.
    @Test func eachIsToldOnceAlthoughLeadersAndWorkersDieBetweenPages() async throws {
        try await SubscriptionFixture.with("pages", webhooks: SubscriptionFixture.local) { desk in
            try await desk.subscribe(1_201, .webhook, "http://127.0.0.1:1/", "")
            try await desk.happen("api")
            // The leader died after the job, and two others take its place at once.
            try await desk.base.run("UPDATE health_announcement SET handed_at = NULL")
            async let one = desk.desk.announcer.handOver()
            async let other = desk.desk.announcer.handOver()
            _ = try await (one, other)
            #expect(try await desk.base.count("SELECT count(*) FROM job WHERE kind = 'health.fanout'") == 1)
            #expect(try await desk.base.count(Self.tellings) == 0)

            var pages = 0
            while let job = try await desk.next(), job.kind == FanOutHandler.kind {
                pages += 1
                let handler = try #require(desk.desk.handlers.first { $0.kind == job.kind })
                let context = JobContext(
                    id: JobID(rawValue: job.id),
                    kind: job.kind,
                    args: job.args,
                    logger: SubscriptionFixture.logger
                )
                // Two workers hold the page, and a third one repeats it when theirs is lost.
                async let first = handler.run(context)
                async let second = handler.run(context)
                _ = try await (first, second)
                _ = try await handler.run(context)
                #expect(try await desk.base.count(Self.tellings) == Int64(min(pages * 500, 1_201)))
                try await desk.base.run("DELETE FROM job_live WHERE id = \(job.id)")
            }
            #expect(pages == 3)
            #expect(try await desk.base.count(Self.tellings) == 1_201)
            #expect(
                try await desk.base.count(
                    """
                    SELECT count(*) FROM health_subscriber s WHERE 1 = (
                        SELECT count(*) FROM job WHERE kind = 'health.tell' AND (args::json ->> 'subscriber')::bigint = s.id)
                    """
                ) == 1_201,
                "one job for each"
            )
        }
    }

    /// Both steps of a page are one transaction: without the next page's job there are none of this page's.
    @Test func aPageThatFailsLeavesNothing() async throws {
        try await SubscriptionFixture.with("half_page", webhooks: SubscriptionFixture.local) { desk in
            try await desk.subscribe(600, .webhook, "http://127.0.0.1:1/", "")
            try await desk.happen("api")
            let job = try #require(try await desk.next())
            let handler = try #require(desk.desk.handlers.first { $0.kind == job.kind })
            let context = JobContext(
                id: JobID(rawValue: job.id),
                kind: job.kind,
                args: job.args,
                logger: SubscriptionFixture.logger
            )
            // The row of the next page is the last of the statement.
            try await desk.base.run(
                """
                ALTER TABLE unique_key ADD CONSTRAINT refused CHECK (key NOT LIKE 'health.fanout/%/%' OR key LIKE '%/0') NOT VALID
                """
            )
            await #expect(throws: HealthError.self) { try await handler.run(context) }
            #expect(try await desk.base.count(Self.tellings) == 0)
            try await desk.base.run("ALTER TABLE unique_key DROP CONSTRAINT refused")
            _ = try await handler.run(context)
            #expect(try await desk.base.count(Self.tellings) == 500)
        }
    }

    @Test func onlyFollowersOfThatTimeAreMeant() async throws {
        try await SubscriptionFixture.with("followers", webhooks: SubscriptionFixture.local) { desk in
            try await desk.subscribe(6, .webhook, "http://127.0.0.1:1/", "")
            for (id, change) in [
                (1, "checks = '{api}'"), (2, "checks = '{db}'"), (3, "groups = '{front}'"), (4, "groups = '{back}'"),
                (5, "confirmed_at = now() + interval '1 hour'"),
            ] {
                try await desk.base.run("UPDATE health_subscriber SET \(change) WHERE id = \(id)")
            }
            try await desk.happen("api")
            let announcement = try await desk.base.count("SELECT id FROM health_announcement")
            let store = desk.base.store
            #expect(try await store.followers(of: announcement, after: 0, limit: 10).map(\.id) == [1, 3, 6])
            #expect(try await store.followers(of: announcement, after: 1, limit: 1).map(\.id) == [3])
        }
    }

    @Test func whoeverSuffersIsMeantToo() async throws {
        try await SubscriptionFixture.with("affected", webhooks: SubscriptionFixture.local) { desk throws in
            var incident = Incident(
                id: 9,
                check: "db",
                title: "DB is DOWN",
                state: .down,
                severity: .critical,
                startedAt: .now()
            )
            incident.affected = ["api", "secret"]
            incident.note(.opened, "DB is DOWN", at: .now())
            let (told, audience) = try #require(Announcement.of(incident, entry: 1, desk.configuration.now))
            #expect(told.checks == ["DB", "API"] && audience.checks == ["db", "api"])
            #expect(audience.groups == ["back", "front"] && !audience.isForAll)
        }
    }

    @Test func whatIsNotPublicIsNotAnnounced() async throws {
        try await SubscriptionFixture.with("private", webhooks: SubscriptionFixture.local) { desk in
            try await desk.subscribe(1, .webhook, "http://127.0.0.1:1/", "")
            try await desk.happen("secret", incident: 1)
            try await desk.happen("unknown", incident: 2)
            try await desk.happen("api", .comment, "private", incident: 3, isPublic: false)
            for kind in [IncidentEntry.Kind.acknowledged, .escalated, .cause, .affected, .notified] {
                try await desk.happen("api", kind, "inner", incident: 4)
            }
            #expect(try await desk.base.count("SELECT count(*) FROM job") == 0)
            #expect(try await desk.base.count("SELECT count(*) FROM health_announcement WHERE handed_at IS NULL") == 0)
            #expect(
                try await desk.base.count("SELECT count(*) FROM health_announcement WHERE document IS NOT NULL") == 0
            )
        }
    }

    @Test func withoutAnOfferNothingIsKept() async throws {
        try await SubscriptionFixture.with("off") { desk in
            try await desk.happen("api")
            #expect(try await desk.base.count("SELECT count(*) FROM job") == 0)
            #expect(try await desk.base.count("SELECT count(*) FROM health_announcement WHERE handed_at IS NULL") == 0)
        }
    }

    @Test func theBeginOfMaintenanceIsToldOnce() async throws {
        try await SubscriptionFixture.with("windows", webhooks: SubscriptionFixture.local) { desk in
            let now = Timestamp.now()
            func window(_ title: String, _ from: Duration, _ to: Duration, _ checks: [String]) -> MaintenanceWindow {
                MaintenanceWindow(id: title, title: title, times: .once(from: now + from, to: now + to), checks: checks)
            }
            desk.calendar.replace([
                window("upgrade", .seconds(-1), .seconds(3_600), ["api"]),
                window("all", .seconds(-1), .seconds(60), []),
                window("later", .seconds(60), .seconds(120), ["api"]),
                window("hidden", .seconds(-1), .seconds(60), ["secret"]),
                window("old", .seconds(-7_200), .seconds(60), ["api"]),
            ])
            // Two leaders that do not know of each other, and the first one again.
            let other = Announcer(
                store: desk.base.store,
                jobs: SubscriptionJobs(ledger: Ledger(pool: desk.base.pool)),
                calendar: desk.calendar,
                logger: SubscriptionFixture.logger,
                configuration: { desk.configuration.now },
                isLeading: { true }
            )
            for announcer in [desk.desk.announcer, other, desk.desk.announcer] {
                try await announcer.announceMaintenance(at: now)
                _ = try await announcer.handOver()
            }
            #expect(try await desk.base.count("SELECT count(*) FROM health_announcement") == 2)
            #expect(try await desk.base.count("SELECT count(*) FROM job WHERE kind = 'health.fanout'") == 2)
            #expect(
                try await desk.base.count(
                    """
                    SELECT count(*) FROM health_announcement WHERE document LIKE '%"title":"upgrade"%' AND checks = '{api}' AND NOT is_for_all
                    """
                ) == 1
            )
            #expect(try await desk.base.count("SELECT count(*) FROM health_announcement WHERE is_for_all") == 1)
            try await desk.desk.announcer.announceMaintenance(at: now + .seconds(61))
            #expect(
                try await desk.base.count("SELECT count(*) FROM health_announcement") == 3,
                "the next one has begun"
            )
        }
    }
}
