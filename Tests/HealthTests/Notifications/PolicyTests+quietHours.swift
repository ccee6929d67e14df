// SPDX-License-Identifier: Apache-2.0
// Martlet: who is left alone, and until when.

import Health
import Platform
import Testing

extension PolicyTests {
    private func nights(_ breakthrough: Set<NotificationMessage.Severity> = [.critical]) throws -> QuietHours {
        try QuietHours(from: 22 * 60, to: 7 * 60, zone: FixedOffset(hours: 2), breakthrough: breakthrough)
    }

    @Test func quietHoursPostponeAndDropNothing() throws {
        let policy = try policy(
            .init(
                name: "a",
                targets: [.receiver("ada")],
                quietHours: [try nights()],
                reminderInterval: .seconds(600),
                escalation: [.init(after: .seconds(300), targets: [.receiver("bob")])]
            )
        )
        let night = time("2026-01-31T23:00:00Z")  // 01:00 there
        let morning = time("2026-02-01T05:00:00Z")
        var memory = IncidentNotifications()
        let opened = policy.orders(for: .opened, sequence: 1, of: incident(), memory: &memory, now: night)
        #expect(opened.map(\.at) == [morning])
        // Steps and reminders count from when the first message is heard.
        #expect(policy.nextDue(of: incident(), memory: memory) == morning + .seconds(300))
        let trial = policy.orders(for: .test, sequence: 1, of: incident(), memory: &memory, now: night)
        #expect(trial.map(\.at) == [night])
        // It becomes critical and breaks through; from now on it counts.
        let worse = policy.orders(for: .updated, sequence: 1, of: incident(.critical), memory: &memory, now: night)
        #expect(worse.map(\.at) == [night])
        #expect(policy.nextDue(of: incident(.critical), memory: memory) == night + .seconds(300))
    }

    @Test func quietHoursByDayAndAcrossMidnight() throws {
        let zone = FixedOffset(hours: 0)
        let weekend = try QuietHours(days: [0, 6], from: 0, to: 0, zone: zone)
        #expect(weekend.end(at: time("2026-01-30T23:59:59Z")) == nil)
        #expect(weekend.end(at: time("2026-01-31T00:00:00Z")) == time("2026-02-01T00:00:00Z"))
        #expect(weekend.end(at: time("2026-02-01T23:59:59Z")) == time("2026-02-02T00:00:00Z"))
        #expect(weekend.end(at: time("2026-02-02T00:00:00Z")) == nil)
        let friday = try QuietHours(days: [5], from: 22 * 60, to: 6 * 60, zone: zone)
        #expect(friday.end(at: time("2026-01-31T05:59:00Z")) == time("2026-01-31T06:00:00Z"))
        #expect(friday.end(at: time("2026-01-30T05:59:00Z")) == nil)
        // One after the other: from Friday night over the weekend to Monday.
        let policy = try policy(.init(name: "a", targets: [.receiver("ada")], quietHours: [friday, weekend]))
        var memory = IncidentNotifications()
        let orders = policy.orders(
            for: .opened,
            sequence: 1,
            of: incident(),
            memory: &memory,
            now: time("2026-01-30T22:30:00Z")
        )
        #expect(orders.map(\.at) == [time("2026-02-02T00:00:00Z")])
        let never = try QuietHours(from: 60, to: 60, zone: zone)
        let silent = try self.policy(.init(name: "a", targets: [.receiver("ada")], quietHours: [never]))
        var other = IncidentNotifications()
        #expect(
            silent.orders(for: .opened, sequence: 1, of: incident(), memory: &other, now: now).map(\.at) == [
                now + .seconds(8 * 86_400)
            ]
        )
    }

    @Test func quietHoursWhenClocksChange() throws {
        let berlin = try TimeZoneRules(identifier: "Europe/Berlin")
        let nights = try QuietHours(from: 22 * 60, to: 7 * 60, zone: berlin)
        // 29 March 2026: clocks go from 02:00 to 03:00; 25 October: from 03:00 to 02:00.
        #expect(nights.end(at: time("2026-03-28T22:00:00Z")) == time("2026-03-29T05:00:00Z"))
        #expect(nights.end(at: time("2026-10-24T21:00:00Z")) == time("2026-10-25T06:00:00Z"))
        let gap = try QuietHours(from: 150, to: 180, zone: berlin)
        #expect(gap.end(at: time("2026-03-29T01:15:00Z")) == nil)
        let fold = try QuietHours(from: 60, to: 150, zone: berlin)
        #expect(fold.end(at: time("2026-10-24T23:30:00Z")) == time("2026-10-25T00:30:00Z"))
    }
}
