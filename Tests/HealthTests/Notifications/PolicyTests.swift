// SPDX-License-Identifier: Apache-2.0
// Martlet: who hears what when.

import FoundationEssentials
import Health
import Platform
import Testing

@Suite struct PolicyTests {
    private let now = time("2026-01-31T12:00:00Z")  // a Saturday

    private func incident(_ severity: NotificationMessage.Severity = .warning) -> IncidentFacts {
        IncidentFacts(id: "42", check: "db.main", group: "databases", severity: severity, labels: ["team": "storage"])
    }

    private func policy(_ routes: NotificationRoute..., schedules: [String: OnCallSchedule] = [:]) throws
        -> NotificationPolicy
    {
        try NotificationPolicy(routes: routes, schedules: schedules)
    }

    private func told(_ orders: [NotificationOrder]) -> [String] {
        orders.map { "\($0.receiver):\($0.event.rawValue)" }
    }

    // MARK: Matching

    @Test func matching() {
        let facts = incident()
        let fits: [NotificationMatcher] = [
            .init(), .init(severities: [.warning]), .init(groups: ["data*"]), .init(checks: ["x", "db.*"]),
            .init(labels: ["team": "*age"]), .init(checks: ["*d*b*m*n*"]),
        ]
        let misfits: [NotificationMatcher] = [
            .init(severities: [.critical]), .init(groups: ["web"]), .init(checks: ["db"]), .init(checks: []),
            .init(labels: ["zone": "*"]), .init(labels: ["team": "stor"]), .init(checks: ["*z*"]),
        ]
        for matcher in fits { #expect(matcher.matches(facts)) }
        for matcher in misfits { #expect(!matcher.matches(facts)) }
        var lonely = facts
        lonely.group = nil
        #expect(!NotificationMatcher(groups: ["*"]).matches(lonely))
        let long = String(repeating: "a", count: 20_000)
        #expect(!NamePattern(String(repeating: "*a", count: 20) + "b").matches(long))
    }

    @Test func theFirstRouteCountsUnlessItContinues() throws {
        let policy = try policy(
            .init(name: "log", targets: [.receiver("log")], continues: true),
            .init(name: "critical", matcher: .init(severities: [.critical]), targets: [.receiver("page")]),
            .init(name: "db", matcher: .init(groups: ["databases"]), targets: [.receiver("dba"), .receiver("log")]),
            .init(name: "rest", targets: [.receiver("rest")])
        )
        var memory = IncidentNotifications()
        #expect(
            told(policy.orders(for: .opened, sequence: 1, of: incident(), memory: &memory, now: now)) == [
                "log:opened", "dba:opened",
            ]
        )
        // It becomes critical: a new route fits, and who has heard of it hears that too.
        let worse = policy.orders(for: .updated, sequence: 1, of: incident(.critical), memory: &memory, now: now)
        #expect(told(worse) == ["log:updated", "page:updated", "dba:updated"])
        #expect(memory.receivers == ["log", "dba", "page"])
    }

    @Test func theSameEventIsToldOnce() throws {
        let policy = try policy(.init(name: "a", targets: [.receiver("ada")]))
        var memory = IncidentNotifications()
        for (sequence, count) in [(1, 1), (1, 0), (2, 1), (1, 0)] {
            let orders = policy.orders(for: .updated, sequence: sequence, of: incident(), memory: &memory, now: now)
            #expect(orders.count == count)
        }
        let order = NotificationOrder(incident: "42", event: .updated, receiver: "ada", sequence: 2, at: now)
        #expect(order.key == "42/updated/ada/2")
    }

    @Test func eventsThatARouteDoesNotCarry() throws {
        let policy = try policy(
            .init(
                name: "a",
                matcher: .init(events: [.opened, .resolved]),
                targets: [.receiver("ada")],
                reminderInterval: .seconds(60)
            )
        )
        var memory = IncidentNotifications()
        #expect(policy.orders(for: .opened, sequence: 1, of: incident(), memory: &memory, now: now).count == 1)
        #expect(policy.orders(for: .updated, sequence: 1, of: incident(), memory: &memory, now: now).isEmpty)
        #expect(policy.nextDue(of: incident(), memory: memory) == nil)
        var over = incident()
        over.resolvedAt = now
        #expect(
            told(policy.orders(for: .resolved, sequence: 1, of: over, memory: &memory, now: now)) == ["ada:resolved"]
        )
    }

    @Test func adviceAndTrialsAreNotFollowedUp() throws {
        let policy = try policy(.init(name: "a", targets: [.receiver("ada")], reminderInterval: .seconds(60)))
        for event in [NotificationMessage.Event.advisory, .test] {
            var memory = IncidentNotifications()
            #expect(policy.orders(for: event, sequence: 1, of: incident(), memory: &memory, now: now).count == 1)
            #expect(policy.nextDue(of: incident(), memory: memory) == nil)
        }
    }

    @Test func whatIsNoIncidentIsToldByRoutesThatNameIt() throws {
        let policy = try policy(
            .init(name: "rest", targets: [.receiver("ada")], continues: true),
            .init(
                name: "storage",
                matcher: .init(events: [.advisory], labels: ["team": "storage"]),
                targets: [.receiver("eve"), .receiver("eve")],
                quietHours: [try QuietHours(from: 12 * 60, to: 13 * 60, zone: TimeZoneRules.utc)],
                continues: true
            ),
            .init(name: "web", matcher: .init(events: [.advisory], groups: ["web"]), targets: [.receiver("web")]),
            .init(
                name: "both",
                matcher: .init(events: [.advisory, .opened]),
                targets: [.receiver("eve"), .receiver("bob")]
            ),
            .init(name: "late", matcher: .init(events: [.advisory]), targets: [.receiver("zoe")])
        )
        let orders = policy.orders(about: .advisory, of: incident(.info), now: now)
        #expect(told(orders) == ["eve:advisory", "bob:advisory"])
        #expect(orders.map(\.at) == [now + .seconds(3_600), now], "quiet hours hold")
        #expect(policy.orders(about: .vanished, of: incident(.info), now: now).isEmpty)
        var memory = IncidentNotifications()
        let opened = policy.orders(for: .opened, sequence: 1, of: incident(), memory: &memory, now: now)
        #expect(told(opened) == ["ada:opened", "eve:opened", "bob:opened"], "routes for events alone are passed over")
    }

    // MARK: Reminders and escalation

    @Test func remindersUntilSomebodyTakesCare() throws {
        let policy = try policy(.init(name: "a", targets: [.receiver("ada")], reminderInterval: .seconds(600)))
        var memory = IncidentNotifications()
        _ = policy.orders(for: .opened, sequence: 1, of: incident(), memory: &memory, now: now)
        #expect(policy.nextDue(of: incident(), memory: memory) == now + .seconds(600))
        #expect(policy.dueOrders(of: incident(), memory: &memory, now: now + .seconds(599)).isEmpty)
        let first = policy.dueOrders(of: incident(), memory: &memory, now: now + .seconds(600))
        #expect(told(first) == ["ada:reminder"] && first.first?.sequence == 1)
        #expect(policy.dueOrders(of: incident(), memory: &memory, now: now + .seconds(600)).isEmpty)
        // After a long standstill one reminder follows, not all that were missed.
        let second = policy.dueOrders(of: incident(), memory: &memory, now: now + .seconds(86_400))
        #expect(second.map(\.sequence) == [2])
        #expect(policy.nextDue(of: incident(), memory: memory) == now + .seconds(87_000))
        var handled = incident()
        handled.acknowledgedAt = now
        #expect(policy.nextDue(of: handled, memory: memory) == nil)
        #expect(policy.dueOrders(of: handled, memory: &memory, now: now + .seconds(200_000)).isEmpty)
        #expect(second.first?.isObsolete(handled) == true && second.first?.isObsolete(incident()) == false)
    }

    @Test func escalationStepByStep() throws {
        let policy = try policy(
            .init(
                name: "a",
                targets: [.receiver("ada")],
                escalation: [
                    .init(after: .seconds(300), targets: [.receiver("bob")]),
                    .init(after: .seconds(600), targets: [.receiver("boss"), .receiver("ada")]),
                ]
            )
        )
        var memory = IncidentNotifications()
        _ = policy.orders(for: .opened, sequence: 1, of: incident(), memory: &memory, now: now)
        #expect(policy.nextDue(of: incident(), memory: memory) == now + .seconds(300))
        #expect(told(policy.dueOrders(of: incident(), memory: &memory, now: now + .seconds(300))) == ["bob:escalated"])
        #expect(policy.nextDue(of: incident(), memory: memory) == now + .seconds(900))
        let second = policy.dueOrders(of: incident(), memory: &memory, now: now + .seconds(900))
        #expect(told(second) == ["boss:escalated", "ada:escalated"])
        #expect(policy.nextDue(of: incident(), memory: memory) == nil)
        // All who were called hear the end; a memory that was stored is as good as before.
        memory = try JSONDecoder().decode(IncidentNotifications.self, from: try JSONEncoder().encode(memory))
        var over = incident()
        over.resolvedAt = now
        let end = policy.orders(for: .resolved, sequence: 1, of: over, memory: &memory, now: now + .seconds(1_000))
        #expect(told(end) == ["ada:resolved", "bob:resolved", "boss:resolved"])
        // It comes back: the ladder begins at its foot.
        let again = policy.orders(
            for: .reopened,
            sequence: 1,
            of: incident(),
            memory: &memory,
            now: now + .seconds(2_000)
        )
        #expect(again.count == 3)
        #expect(policy.nextDue(of: incident(), memory: memory) == now + .seconds(2_300))
        let bob = policy.dueOrders(of: incident(), memory: &memory, now: now + .seconds(2_300))
        #expect(bob.map(\.key) == ["42/escalated/bob/2"])
    }

    @Test func acknowledgementEndsTheEscalation() throws {
        let policy = try policy(
            .init(
                name: "a",
                targets: [.receiver("ada")],
                escalation: [.init(after: .seconds(300), targets: [.receiver("bob")])]
            )
        )
        var memory = IncidentNotifications()
        _ = policy.orders(for: .opened, sequence: 1, of: incident(), memory: &memory, now: now)
        var handled = incident()
        handled.acknowledgedAt = now
        _ = policy.orders(for: .acknowledged, sequence: 1, of: handled, memory: &memory, now: now)
        #expect(policy.dueOrders(of: handled, memory: &memory, now: now + .seconds(900)).isEmpty)
    }

    // MARK: Quiet hours

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

    // MARK: Settings

    @Test func settingsAreChecked() throws {
        func field(_ make: () throws -> Void) -> String? {
            do { try make() } catch { return (error as? NotificationError)?.field }
            return nil
        }
        let ada = [NotificationTarget.receiver("ada")]
        #expect(
            field { _ = try policy(.init(name: "a", targets: ada), .init(name: "a", targets: ada)) } == "routes[1].name"
        )
        #expect(field { _ = try policy(.init(name: "a", targets: [.onCall("x")])) } == "routes[0].targets")
        #expect(
            field { _ = try policy(.init(name: "a", targets: ada, reminderInterval: .seconds(1))) }
                == "routes[0].reminder_interval"
        )
        #expect(
            field { _ = try policy(.init(name: "a", targets: ada, escalation: [.init(after: .zero, targets: ada)])) }
                == "routes[0].escalation[0].after"
        )
        #expect(
            field { _ = try QuietHours(days: [7], from: 0, to: 1, zone: FixedOffset(hours: 0)) } == "quiet_hours.days"
        )
        #expect(field { _ = try QuietHours(from: 0, to: 1440, zone: FixedOffset(hours: 0)) } == "quiet_hours.to")
    }
}
