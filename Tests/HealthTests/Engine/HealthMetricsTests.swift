// SPDX-License-Identifier: Apache-2.0
// Martlet: tests what an aggregator shows of itself, on a real database.

import Logging
import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct HealthMetricsTests {
    private static func state(_ name: String) -> String { #"martlet_health_checks_by_state{state="\#(name)"}"# }

    private static func window(of check: String) -> MaintenanceWindow {
        let times = MaintenanceWindow.Times.once(from: .now() + .seconds(-5), to: .now() + .seconds(3_600))
        return MaintenanceWindow(id: "", title: "x", times: times, checks: [check])
    }

    @Test func checksAdvisoriesBudgetsAndHeartbeatsAreShown() async throws {
        try await StoreFixture.with("metrics") { fixture in
            var configuration = try HealthConfiguration.scripted([
                ("a", ScriptedProbe(.up)), ("b", ScriptedProbe(.down)), ("c", ScriptedProbe(.up)),
                ("d", ScriptedProbe(.down)), ("beat", ScriptedProbe(.up)),
            ])
            configuration.checks[4].kind = "heartbeat"
            configuration.objectives = [
                ObjectiveDefinition(
                    id: "o",
                    name: "o",
                    objective: 0.9,
                    window: .seconds(7 * 86_400),
                    indicator: .availability(checks: ["a", "b"]),
                    minimumEvents: 1_000_000
                )
            ]
            try await fixture.store.beat("beat", isGood: true, message: nil, run: nil)
            try await fixture.store.beat("forgotten", isGood: true, message: nil, run: nil)
            try await fixture.run("UPDATE health_heartbeat SET at = now() - interval '1 hour'")
            // Ten minutes ago one event of ten was bad: just as fast as the budget of one in ten allows.
            let counts = EventCounts(good: 9, total: 10, keptGood: 9, keptTotal: 10)
            try await fixture.store.add([(objective: "o", minute: .now() + .seconds(-600), counts: counts)])
            let running = try RunningEngine(configuration, on: fixture)
            do {
                try await eventually("it is in maintenance") {
                    (try? await running.engine.add(Self.window(of: "d"))) != nil
                }
                try await eventually("all is judged") {
                    // One of three locations finds fault with a check: a minority.
                    let now = Timestamp.now()
                    running.engine.board.merge([
                        Observation(check: "c", location: "there", state: .down, since: now, reason: "x", at: now),
                        Observation(check: "c", location: "elsewhere", state: .up, since: now, at: now),
                    ])
                    return running.shown(Self.state("down")) == 1 && running.shown(Self.state("up")) ?? 0 >= 3
                        && running.shown(Self.state("maintenance")) == 1
                        && running.shown("martlet_health_advisories") == 1
                }
                #expect(running.shown(Self.state("degraded")) == 0)
                let age = { running.shown(#"martlet_health_heartbeat_age_seconds{check="beat"}"#) }
                try await eventually("the heartbeat's age is read") { age() != nil }
                #expect(try (3_600..<4_000).contains(#require(age())))
                #expect(running.shown(#"martlet_health_heartbeat_age_seconds{check="forgotten"}"#) == nil)
                #expect(running.shown(#"martlet_health_notifications_waiting{place="courier"}"#) == 0)
                #expect(running.shown("martlet_health_members") == 1)
                #expect(try #require(running.shown("martlet_health_minutes_waiting")) >= 5, "the open minute of each")
                #expect(running.shown("martlet_health_probes_running") != nil)
                try await eventually("the burn rates are worked out") {
                    running.shown(#"martlet_health_burn_rate{objective="o",window="6h"}"#) != nil
                }
                // What was found meanwhile counts too: half of it was bad.
                let burn = try #require(running.shown(#"martlet_health_burn_rate{objective="o",window="1h"}"#))
                #expect(burn >= 0.99 && burn < 6)
                for window in ["30m", "2h", "1d", "3d"] {
                    #expect(running.shown(#"martlet_health_burn_rate{objective="o",window="\#(window)"}"#) != nil)
                }
            } catch {
                await running.crash()
                throw error
            }
            await running.leave()
        }
    }

    @Test func aRefusedConfigurationIsShownUntilOneIsTakenOn() async throws {
        try await StoreFixture.with("refused") { fixture in
            let configuration = try HealthConfiguration.scripted([("a", ScriptedProbe(.up))])
            let running = try RunningEngine(configuration, on: fixture)
            #expect(running.shown("martlet_health_configuration_refused") == 0)
            running.engine.refuse()
            #expect(running.shown("martlet_health_configuration_refused") == 1)
            running.engine.load(configuration)
            #expect(running.shown("martlet_health_configuration_refused") == 0)
            await running.leave()
        }
    }

    @Test func figuresAreReadByTheLedgersClockAndForgottenAfterAMinute() async throws {
        try await StoreFixture.with("figures") { fixture in
            let logger = Logger(label: "figures") { _ in SwiftLogNoOpLogHandler() }
            let figures = LedgerFigures(store: fixture.store, logger: logger)
            #expect(figures.current() == nil)
            let times: [(String, Timestamp, Timestamp?)] = [
                ("due", .now() + .seconds(-60), nil), ("later", .now() + .seconds(3_600), nil),
                ("told", .now() + .seconds(-60), .now()),
            ]
            for (id, due, delivered) in times {
                var message = sampleMessage()
                message.id = id
                var notification = try OutgoingNotification(message, to: "ops", incident: nil, dueAt: due)
                notification.deliveredAt = delivered
                try await fixture.store.record([notification])
            }
            try await fixture.store.beat("nightly", isGood: true, message: nil, run: nil)
            try await fixture.run("UPDATE health_heartbeat SET at = now() - interval '100 seconds'")
            await figures.read()
            let now = ContinuousClock.now
            let read = try #require(figures.current(now))
            #expect(read.waiting == 1)
            let age = try #require(read.heartbeats["nightly"])
            #expect(age >= .seconds(100) && age < .seconds(400))
            let later = try #require(figures.current(now + .seconds(30)))
            #expect(later.heartbeats["nightly"] == age + .seconds(30))
            #expect(figures.current(now + .seconds(61)) == nil)
            // What can't be read leaves what was read as it is.
            try await fixture.run("DROP TABLE health_heartbeat")
            await figures.read()
            #expect(figures.current(now)?.waiting == 1)
        }
    }
}
