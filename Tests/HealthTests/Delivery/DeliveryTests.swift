// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that each notification becomes one job, and that its handler tells and notes it, on a real database.

import FoundationEssentials
import Jobs
import Logging
import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct DeliveryTests {
    private static let logger = Logger(label: "delivery") { _ in SwiftLogNoOpLogHandler() }

    private func outbox(_ fixture: StoreFixture) -> Outbox {
        Outbox(
            store: fixture.store,
            ledger: Ledger(pool: fixture.pool),
            wake: Signal(),
            logger: Self.logger,
            isLeading: { true }
        )
    }

    private func notification(_ id: String, due: Timestamp = .now(), delivered: Timestamp? = nil) throws
        -> OutgoingNotification
    {
        var message = sampleMessage()
        message.id = id
        var notification = try OutgoingNotification(message, to: "ops", incident: nil, dueAt: due)
        notification.deliveredAt = delivered
        return notification
    }

    private func run(_ handler: NotifyHandler, _ id: String) async throws {
        let arguments = Array(try JSONEncoder().encode(NotifyHandler.Arguments(notification: id)))
        let job = JobContext(id: JobID(rawValue: 1), kind: NotifyHandler.kind, args: arguments, logger: Self.logger)
        _ = try await handler.run(job)
    }

    @Test func twoOutboxesAtOnceMakeOneJobEach() async throws {
        try await StoreFixture.with("outbox") { fixture in
            try await fixture.store.record((0..<40).map { try notification("n\($0)") })
            try await fixture.store.record([try notification("told", delivered: .now())])
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await outbox(fixture).handOver() } }
                for try await count in group { #expect(count <= 40) }
            }
            #expect(try await outbox(fixture).handOver() == 0)
            #expect(try await fixture.count("SELECT count(*) FROM job") == 40)
            #expect(try await fixture.count("SELECT count(DISTINCT job_id) FROM health_notification") == 40)
            #expect(
                try await fixture.count("SELECT count(*) FROM health_notification n JOIN job j ON j.id = n.job_id")
                    == 40
            )
            #expect(
                try await fixture.count("SELECT count(*) FROM health_notification WHERE id = 'told' AND job_id IS NULL")
                    == 1
            )
        }
    }

    @Test func aLeaderThatDiedBeforeItNotedTheJobMakesNoSecondOne() async throws {
        try await StoreFixture.with("noted") { fixture in
            try await fixture.store.record([try notification("n")])
            _ = try await outbox(fixture).handOver()
            try await fixture.run("UPDATE health_notification SET job_id = NULL")
            #expect(try await outbox(fixture).handOver() == 1)
            #expect(try await fixture.count("SELECT count(*) FROM job") == 1)
            #expect(try await fixture.count("SELECT count(*) FROM health_notification WHERE job_id IS NOT NULL") == 1)
        }
    }

    @Test func whatIsDueLaterIsScheduled() async throws {
        try await StoreFixture.with("later") { fixture in
            try await fixture.store.record([try notification("n", due: .now() + .seconds(3_600))])
            _ = try await outbox(fixture).handOver()
            let wait = try await fixture.count("SELECT extract(epoch FROM min(check_at) - now())::int8 FROM job_live")
            #expect((3_500...3_600).contains(wait))
        }
    }

    @Test func aReceiverThatFailsIsTriedAgainAndToldOnce() async throws {
        try await StoreFixture.with("handler") { fixture in
            try await Inbox.with { inbox, ops in
                try await fixture.store.record([try notification("n")])
                let registry = MetricsRegistry()
                let handler = NotifyHandler(
                    store: fixture.store,
                    resources: Fixture.resources,
                    metrics: DeliveryMetrics(registry)
                ) {
                    $0 == "ops" ? ops : nil
                }
                func told(_ outcome: String) -> Double? {
                    registry.shown(#"martlet_health_deliveries_total{channel="webhook",outcome="\#(outcome)"}"#)
                }
                #expect(told("delivered") == 0 && told("retried") == 0, "shown before anything happens")
                inbox.refuse(1)
                let failure = await #expect(throws: JobFailure.self) { try await run(handler, "n") }
                #expect(failure?.isRetryable == true)
                var record = try #require(try await fixture.store.lastDeliveries().first)
                #expect(record.attempts == 1 && record.error != nil && record.deliveredAt == nil)
                try await run(handler, "n")
                try await run(handler, "n")
                #expect(inbox.events == ["opened"], "a job that runs once more tells nobody")
                #expect(told("delivered") == 1 && told("retried") == 1 && told("rejected") == 0)
                record = try #require(try await fixture.store.lastDeliveries().first)
                #expect(
                    record.attempts == 2 && record.error == nil && record.deliveredAt != nil && record.receiver == "ops"
                )
            }
        }
    }

    @Test func whatCannotBeToldSaysWhy() async throws {
        try await StoreFixture.with("untold") { fixture in
            let registry = MetricsRegistry()
            let handler = NotifyHandler(
                store: fixture.store,
                resources: Fixture.resources,
                metrics: DeliveryMetrics(registry)
            ) { _ in nil }
            let missing = await #expect(throws: JobFailure.self) { try await run(handler, "none") }
            #expect(missing?.isRetryable == false)
            try await fixture.store.record([try notification("n")])
            let unknown = await #expect(throws: JobFailure.self) { try await run(handler, "n") }
            #expect(unknown?.isRetryable == true, "the receiver may come back with the next configuration")
            #expect(registry.shown(#"martlet_health_deliveries_total{channel="none",outcome="retried"}"#) == 1)
        }
    }
}
