// SPDX-License-Identifier: Apache-2.0
// Martlet: tests the probes that ask the ledger: heartbeats and workers.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite struct HeartbeatJudgementTests {
    private let now = time("2026-02-01T00:00:00Z")

    private func judge(_ report: Heartbeat?, since: Duration = .zero) -> ProbeResult {
        HeartbeatProbe(
            store: ConfigurationFixture.store,
            name: "backup",
            every: .every(.seconds(3_600)),
            grace: .seconds(600),
            since: now + (.zero - since)
        ).judge(report, at: now, latency: .milliseconds(1))
    }

    private func report(_ age: Duration, isGood: Bool = true, message: String? = nil, run: Duration? = nil) -> Heartbeat
    {
        Heartbeat(at: now + (.zero - age), isGood: isGood, message: message, run: run)
    }

    @Test func inTimeIsUpAndLateIsDown() {
        let good = judge(report(.seconds(4_200), run: .milliseconds(1_500)))
        #expect(good.status == .up && good.reason == nil && good.value == 1.5)
        let late = judge(report(.seconds(4_201)))
        #expect(late.status == .down && late.reason == "the last report is 1h 10m old, one is due every 1h")
        #expect(judge(report(.seconds(-5))).status == .up, "clocks differ")
    }

    @Test func aFailureIsDownAndItsMessageIsForOperators() {
        let told = judge(report(.zero, isGood: false, message: "disk full"))
        #expect(told.reason == "it reported a failure", "reasons are public")
        #expect(told.parts == [.init(name: "report", status: .up, reason: "disk full")])
        #expect(judge(report(.zero, isGood: false)).reason == "it reported a failure")
        #expect(judge(report(.seconds(9_000), isGood: false)).reason?.hasPrefix("the last report is") == true)
    }

    /// A schedule that is `off` is missed by nobody; what it says when it is run by hand counts.
    @Test func whatIsNeverDueIsNeverLate() {
        func status(_ report: Heartbeat?) -> ProbeResult.Status {
            HeartbeatProbe(store: ConfigurationFixture.store, name: "b", every: .never, grace: .zero, since: now)
                .judge(report, at: now + .seconds(900 * 86_400), latency: .zero).status
        }
        #expect(status(nil) == .up)
        #expect(status(report(.seconds(86_400))) == .up)
        #expect(status(report(.seconds(86_400), isGood: false)) == .down)
    }

    @Test func theTimeBeforeTheFirstReportIsNotBegunAnew() {
        func probe(_ since: Timestamp) -> HeartbeatProbe {
            HeartbeatProbe(
                store: ConfigurationFixture.store,
                name: "backup",
                every: .every(.seconds(3_600)),
                grace: .seconds(600),
                since: since
            )
        }
        func status(_ probe: HeartbeatProbe) -> ProbeResult.Status {
            probe.judge(nil, at: now, latency: .zero).status
        }
        let reloaded = probe(now)
        reloaded.resume(from: probe(now + .seconds(-4_201)))
        #expect(status(reloaded) == .down, "as long as it has been waited for")
        reloaded.resume(from: probe(now))
        #expect(status(reloaded) == .down)
        func restarted(_ state: CheckState, since: Timestamp) -> ProbeResult.Status {
            let probe = probe(now)
            probe.resume(from: Observation(check: "backup", location: "here", state: state, since: since, at: now))
            return status(probe)
        }
        #expect(restarted(.unknown, since: now + .seconds(-4_200)) == .unknown)
        #expect(restarted(.unknown, since: now + .seconds(-4_201)) == .down)
        #expect(restarted(.down, since: now + .seconds(-1)) == .down, "it was late already")
        #expect(restarted(.up, since: now + .seconds(-90_000)) == .unknown)
    }

    @Test func beforeTheFirstReportThereIsTime() {
        #expect(judge(nil, since: .seconds(4_200)).status == .unknown)
        #expect(judge(nil, since: .seconds(4_201)).status == .down)
    }
}

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct LedgerProbeTests {
    @Test func aHeartbeatIsReadFromTheLedger() async throws {
        try await StoreFixture.with("heartbeat") { fixture in
            let probe = HeartbeatProbe(
                store: fixture.store,
                name: "backup",
                every: .every(.seconds(3_600)),
                grace: .zero,
                since: .now()
            )
            #expect(await probe.run(timeout: .seconds(5)).status == .unknown)
            try await fixture.store.beat("backup", isGood: true, message: nil, run: .seconds(90))
            try await fixture.store.beat("other", isGood: false, message: "x", run: nil)
            let up = await probe.run(timeout: .seconds(5))
            #expect(up.status == .up && up.value == 90)
            try await fixture.store.beat("backup", isGood: false, message: "no space", run: nil)
            let down = await probe.run(timeout: .seconds(5))
            #expect(down.status == .down && down.parts.first?.reason == "no space" && down.value == nil)
            try await fixture.run("UPDATE health_heartbeat SET at = now() - interval '2 hours', is_good = true")
            #expect(await probe.run(timeout: .seconds(5)).status == .down)
        }
    }

    @Test func workersAreCountedByTheirSilence() async throws {
        try await StoreFixture.with("workers") { fixture in
            func probe(_ minimum: Int, _ expectations: Expectations = Expectations()) -> WorkersProbe {
                WorkersProbe(
                    store: fixture.store,
                    minimum: minimum,
                    interval: .seconds(10),
                    expectations: expectations
                )
            }
            #expect(await probe(0).run(timeout: .seconds(5)).status == .up)
            #expect(
                await probe(1).run(timeout: .seconds(5)).reason == "0 workers report to the ledger, at least 1 should"
            )
            try await fixture.run(
                """
                INSERT INTO worker (id, name, version, queues, concurrency, seen_at) VALUES
                    (1, 'one', '1', 'default', 1, now()), (2, 'two', '1', 'default', 1, now() - interval '40 seconds'),
                    (3, 'three', '1', 'default', 1, now() - interval '100 seconds')
                """
            )
            let enough = await probe(2).run(timeout: .seconds(5))
            #expect(enough.status == .up && enough.parts.map(\.name) == ["one", "three", "two"])
            #expect(enough.parts.map(\.status) == [.up, .down, .up])
            #expect(enough.parts[1].reason?.hasPrefix("silent for 1m 4") == true)
            #expect(enough.parts.map { $0.vanishedAt != nil } == [false, true, false])
            let again = await probe(2).run(timeout: .seconds(5))
            #expect(again.parts[1].vanishedAt == enough.parts[1].vanishedAt, "whoever looks dates it alike")
            let watching = probe(1)
            #expect(await watching.run(timeout: .seconds(5)).parts.count == 3)
            try await fixture.run("DELETE FROM worker WHERE name = 'two'")
            let left = await watching.run(timeout: .seconds(5))
            #expect(left.status == .up && left.parts.map(\.name) == ["one", "three", "two"])
            #expect(
                left.parts[2].status == .unknown && left.parts[2].vanishedAt != nil,
                "it took itself off the register"
            )
            try await fixture.run(
                "INSERT INTO worker (id, name, version, queues, concurrency) VALUES (2, 'two', '1', 'default', 1)"
            )
            let few = await probe(3).run(timeout: .seconds(5))
            #expect(few.status == .down && few.reason == "2 workers report to the ledger, at least 3 should")
            #expect(await probe(1, try degraded("count >= 3")).run(timeout: .seconds(5)).status == .degraded)
            try await fixture.run("ALTER TABLE worker RENAME TO away")
            #expect(await probe(1).run(timeout: .seconds(5)).status == .unknown)
        }
    }

    /// It was silent for hours when the process before looked, and is taken off the register meanwhile.
    @Test func aWorkerLongDeadDoesNotVanishAtARestart() async throws {
        try await StoreFixture.with("longdead") { fixture in
            try await fixture.run(
                """
                INSERT INTO worker (id, name, version, queues, concurrency, seen_at) VALUES
                    (1, 'alive', '1', 'default', 1, now()), (2, 'dead', '1', 'default', 1, now() - interval '3 hours'),
                    (3, 'dying', '1', 'default', 1, now() - interval '100 seconds')
                """
            )
            func probe() -> WorkersProbe {
                WorkersProbe(store: fixture.store, minimum: 0, interval: .seconds(10), expectations: Expectations())
            }
            let before = await probe().run(timeout: .seconds(5)).parts
            #expect(before.map(\.name) == ["alive", "dead", "dying"])
            try await fixture.run("DELETE FROM worker")
            let restarted = probe()
            let at = Timestamp.now()
            restarted.resume(
                from: Observation(check: "w", location: "here", state: .up, since: at, at: at, parts: before)
            )
            let parts = await restarted.run(timeout: .seconds(5)).parts
            #expect(parts.map(\.name) == ["alive", "dying"])
            #expect(parts.first?.vanishedAt == at && parts.last?.vanishedAt == before.last?.vanishedAt)
        }
    }

    @Test func aWorkerThatDiedIsNewsForThreeIntervals() async throws {
        try await StoreFixture.with("seldom") { fixture in
            try await fixture.run(
                """
                INSERT INTO worker (id, name, version, queues, concurrency, seen_at)
                VALUES (1, 'dead', '1', 'default', 1, now() - interval '25 minutes')
                """
            )
            func isNews(_ interval: Duration) async -> Bool {
                let probe = WorkersProbe(
                    store: fixture.store,
                    minimum: 0,
                    interval: interval,
                    expectations: Expectations()
                )
                return await probe.run(timeout: .seconds(5)).parts.first?.vanishedAt != nil
            }
            #expect(await isNews(.seconds(10)) == false)
            #expect(await isNews(.seconds(600)))
        }
    }
}
