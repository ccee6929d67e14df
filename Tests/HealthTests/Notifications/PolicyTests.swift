// SPDX-License-Identifier: Apache-2.0
// Martlet: who hears what when.

import FoundationEssentials
import Health
import Platform
import Testing

@Suite struct PolicyTests {
    let now = time("2026-01-31T12:00:00Z")  // a Saturday

    func incident(_ severity: NotificationMessage.Severity = .warning) -> IncidentFacts {
        IncidentFacts(id: "42", check: "db.main", group: "databases", severity: severity, labels: ["team": "storage"])
    }

    func policy(_ routes: NotificationRoute..., schedules: [String: OnCallSchedule] = [:]) throws
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
