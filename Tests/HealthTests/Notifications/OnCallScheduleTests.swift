// SPDX-License-Identifier: Apache-2.0
// Martlet: who is on call when.

import Health
import Platform
import Testing

@Suite struct OnCallScheduleTests {
    private func schedule(
        days: Int,
        zone: any LocalTime = FixedOffset(hours: 0),
        handOver: Int = 9 * 60,
        overrides: [OnCallSchedule.Override] = []
    ) throws -> OnCallSchedule {
        try OnCallSchedule(
            receivers: ["ada", "bob", "eve"],
            start: try #require(LocalDateTime(year: 2026, month: 1, day: 5)),  // a Monday
            daysPerTurn: days,
            handOver: handOver,
            zone: zone,
            overrides: overrides
        )
    }

    @Test(arguments: [
        ("2026-01-05T08:59:59Z", "eve"), ("2026-01-05T09:00:00Z", "ada"), ("2026-01-12T08:59:59Z", "ada"),
        ("2026-01-12T09:00:00Z", "bob"), ("2026-01-26T09:00:00Z", "ada"), ("2025-12-22T09:00:00Z", "bob"),
        ("2025-12-15T09:00:00Z", "ada"),
    ]) func weekly(at: String, receiver: String) throws {
        #expect(try schedule(days: 7).receiver(at: time(at)) == receiver)
    }

    @Test func everyMomentBelongsToTheTurnThatTheNextChangeEnds() throws {
        let berlin = try TimeZoneRules(identifier: "Europe/Berlin")
        // At half past two the clocks of 29 March skip the hand-over, and those of 25 October show it twice.
        let schedule = try schedule(days: 1, zone: berlin, handOver: 150)
        let names = ["ada", "bob", "eve"]
        var at = time("2026-01-05T01:30:00Z")
        for turn in 0..<400 {
            #expect(schedule.receiver(at: at) == names[turn % 3])
            let next = schedule.nextChange(after: at)
            #expect(next > at && next - at >= .seconds(23 * 3600) && next - at <= .seconds(25 * 3600))
            #expect(schedule.receiver(at: next + .microseconds(-1)) == names[turn % 3])
            at = next
        }
        #expect(
            schedule.receiver(at: time("2026-03-29T01:29:59Z")) == schedule.receiver(at: time("2026-03-29T01:00:00Z"))
        )
    }

    @Test func overridesStandIn() throws {
        let schedule = try schedule(
            days: 7,
            overrides: [
                .init(receiver: "zoe", from: time("2026-01-06T00:00:00Z"), to: time("2026-01-08T00:00:00Z")),
                .init(receiver: "max", from: time("2026-01-07T00:00:00Z"), to: time("2026-01-07T12:00:00Z")),
            ]
        )
        let expected = [
            ("2026-01-05T23:59:59Z", "ada"), ("2026-01-06T00:00:00Z", "zoe"), ("2026-01-07T00:00:00Z", "max"),
            ("2026-01-07T12:00:00Z", "zoe"), ("2026-01-08T00:00:00Z", "ada"),
        ]
        for (at, receiver) in expected { #expect(schedule.receiver(at: time(at)) == receiver) }
        #expect(schedule.nextChange(after: time("2026-01-05T10:00:00Z")) == time("2026-01-06T00:00:00Z"))
        #expect(schedule.nextChange(after: time("2026-01-08T00:00:00Z")) == time("2026-01-12T09:00:00Z"))
    }

    @Test func whoeverIsOnCallAtDeliveryHears() throws {
        let quiet = try QuietHours(from: 22 * 60, to: 10 * 60, zone: FixedOffset(hours: 0))
        let policy = try NotificationPolicy(
            routes: [
                .init(
                    name: "a",
                    targets: [.onCall("week")],
                    quietHours: [quiet],
                    reminderInterval: .seconds(7 * 86_400)
                )
            ],
            schedules: ["week": try schedule(days: 7)]
        )
        let facts = IncidentFacts(id: "1", check: "c", severity: .warning)
        var memory = IncidentNotifications()
        // Heard at 10:00, after the hand-over at 09:00.
        let orders = policy.orders(
            for: .opened,
            sequence: 1,
            of: facts,
            memory: &memory,
            now: time("2026-01-12T03:00:00Z")
        )
        #expect(orders.map(\.receiver) == ["bob"])
        // The reminder goes to whoever is on call by then, the end to all who heard.
        let reminder = policy.dueOrders(of: facts, memory: &memory, now: time("2026-01-19T10:00:00Z"))
        #expect(reminder.map(\.receiver) == ["eve"])
        var over = facts
        over.resolvedAt = time("2026-01-19T12:00:00Z")
        let end = policy.orders(
            for: .resolved,
            sequence: 1,
            of: over,
            memory: &memory,
            now: time("2026-01-19T12:00:00Z")
        )
        #expect(end.map(\.receiver) == ["bob", "eve"])
    }

    @Test func settingsAreChecked() throws {
        #expect(throws: NotificationError.self) { try schedule(days: 0) }
        #expect(throws: NotificationError.self) { try schedule(days: 1, handOver: 1440) }
        let now = time("2026-01-12T03:00:00Z")
        #expect(throws: NotificationError.self) {
            try schedule(days: 1, overrides: [.init(receiver: "x", from: now, to: now)])
        }
    }
}
