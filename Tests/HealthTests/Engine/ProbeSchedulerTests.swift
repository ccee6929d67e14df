// SPDX-License-Identifier: Apache-2.0
// Martlet: tests when probes run, with probes that answer by a script.

import Platform
import Synchronization
import TestSupport
import Testing

@testable import Health

@Suite struct ProbeSchedulerTests {
    private struct World: Sendable {
        let board = ObservationBoard()
        let samples = SampleBuffer()
        let findings = Finds()
        let scheduler: ProbeScheduler

        init(maintenance: Set<String> = []) {
            let findings = findings
            scheduler = ProbeScheduler(
                location: "here",
                board: board,
                samples: samples,
                metrics: ProbeMetrics(MetricsRegistry()),
                isInMaintenance: { check, _ in maintenance.contains(check) },
                onFinding: { findings.add($0, $1) }
            )
        }

        /// Runs the scheduler for the time of `body`.
        func with(_ body: @Sendable () async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await scheduler.run() }
                try await body()
                group.cancelAll()
            }
        }

        func state(_ check: String) -> CheckState? { board.observations(of: check).first?.state }
    }

    private final class Finds: Sendable {
        private let found = Mutex<[String: [MinuteSample.Finding]]>([:])

        func add(_ check: String, _ finding: MinuteSample.Finding) {
            found.withLock { $0[check, default: []].append(finding) }
        }
        func of(_ check: String) -> [MinuteSample.Finding] { found.withLock { $0[check] ?? [] } }
        /// The checks that something was found of.
        var checks: Int { found.withLock { $0.count } }
    }

    private func check(_ id: String, _ probe: ScriptedProbe, every interval: Duration = .seconds(60)) -> CheckDefinition
    {
        CheckDefinition(id: id, kind: "script", target: id, interval: interval, probe: probe)
    }

    @Test func aReloadForgetsNothingThatAProbeKnows() {
        let world = World()
        func heartbeat(_ since: Timestamp) -> (HeartbeatProbe, CheckDefinition) {
            let probe = HeartbeatProbe(
                store: ConfigurationFixture.store,
                name: "b",
                every: .every(.seconds(60)),
                grace: .zero,
                since: since
            )
            return (probe, CheckDefinition(id: "b", kind: "heartbeat", target: "", probe: probe))
        }
        let start = time("2026-01-31T08:00:00Z")
        let (first, old) = heartbeat(start)
        let (second, new) = heartbeat(start + .seconds(600))
        world.scheduler.load([old])
        world.scheduler.load([new])
        #expect(first.since == start && second.since == start)
        let (third, restarted) = heartbeat(start + .seconds(900))
        let other = World()
        other.scheduler.load([restarted])
        let known = Observation(check: "b", location: "here", state: .unknown, since: start, at: start + .seconds(890))
        other.scheduler.resume([known])
        #expect(third.since == start)
    }

    @Test func theIntervalIsKeptAndNeverCutShort() async throws {
        let (world, probe) = (World(), ScriptedProbe(.up))
        world.scheduler.load([check("a", probe, every: .seconds(1))])
        try await world.with {
            try await eventually("four runs") { probe.runs >= 4 }
        }
        let starts = probe.starts
        for (first, second) in zip(starts, starts.dropFirst()) { #expect(second - first > .milliseconds(900)) }
        #expect(world.state("a") == .up)
    }

    @Test func runsOfACheckNeverOverlap() async throws {
        let (world, probe) = (World(), ScriptedProbe(.up, takes: .milliseconds(1_200)))
        let definition = check("a", probe, every: .seconds(1))
        world.scheduler.load([definition])
        try await world.with {
            try await eventually("three runs") {
                world.scheduler.hurry(["a"])
                world.scheduler.load([definition])
                world.scheduler.assign([])
                world.scheduler.assign(["a"])
                return probe.runs >= 3
            }
        }
        #expect(probe.mostAtOnce == 1)
    }

    @Test func aFirstBadFindingIsLookedAtAgainSoon() async throws {
        let (world, probe) = (World(), ScriptedProbe(.up, .down))
        world.scheduler.load([check("a", probe)])
        try await world.with {
            try await eventually("it is found well") { world.state("a") == .up }
            let start = ContinuousClock.now
            world.scheduler.hurry(["a"])
            try await eventually("it is found down") { world.state("a") == .down }
            #expect(ContinuousClock.now - start < .seconds(50), "the interval is a minute")
            #expect(
                probe.runs == 3 && probe.starts[2] - probe.starts[1] > .seconds(1),
                "after two seconds, not at once"
            )
        }
        #expect(world.findings.of("a").map(\.status) == [.up, .down, .down])
    }

    @Test func whatACheckRestsOnIsLookedAtAtOnce() async throws {
        let world = World()
        let (effect, cause, other) = (ScriptedProbe(.up, .down), ScriptedProbe(.up), ScriptedProbe(.up))
        var first = check("effect", effect)
        first.dependsOn = ["cause"]
        world.scheduler.load([first, check("cause", cause), check("other", other)])
        try await world.with {
            try await eventually("all were looked at") { [effect, cause, other].allSatisfy { $0.runs == 1 } }
            world.scheduler.hurry(["effect"])
            try await eventually("the cause was looked at again") { cause.runs >= 2 }
            let wait = (cause.starts.last ?? .now) - (effect.starts.dropFirst().first ?? .now)
            #expect(wait > .zero && wait < .seconds(50))
            try await eventually("the effect is found down") { world.state("effect") == .down }
            #expect(cause.runs == 2, "once for a run of bad findings")
            #expect(other.runs == 1)
        }
    }

    @Test func whatIsNotMineIsLeftToOthers() async throws {
        let world = World()
        let probes = (0..<20).map { _ in ScriptedProbe(.up) }
        world.scheduler.load(probes.indices.map { check("c\($0)", probes[$0], every: .seconds(1)) })
        world.scheduler.assign(["c3"])
        #expect(world.scheduler.mine == 1)
        try await world.with {
            world.scheduler.hurry(["c4"])
            try await eventually("mine was looked at") { probes[3].runs >= 2 }
            #expect(probes.map(\.runs).reduce(0, +) == probes[3].runs)
            world.scheduler.assign(["c4", "c5"])
            try await eventually("the others were looked at") { probes[4].runs >= 2 && probes[5].runs >= 2 }
            let before = probes[3].runs
            #expect(before <= 4, "it is no longer looked at")
        }
    }

    @Test func checksComeAndGoWhileItRuns() async throws {
        let world = World()
        let (first, second) = (ScriptedProbe(.down), ScriptedProbe(.up))
        world.scheduler.load([check("a", first)])
        try await world.with {
            try await eventually("a is found down") { world.state("a") == .down }
            world.scheduler.load([check("a", second), check("b", second)])
            try await eventually("both are looked at by the new probe") { world.state("b") == .up }
            #expect(world.state("a") == .down, "what is believed goes on")
            world.scheduler.load([check("b", second, every: .seconds(1))])
            let before = second.runs
            try await eventually("the shorter interval counts") { second.runs >= before + 2 }
            #expect(world.scheduler.mine == 1)
        }
    }

    @Test func findingsReachTheSamplesWithTheirMaintenance() async throws {
        let world = World(maintenance: ["b"])
        world.scheduler.load([check("a", ScriptedProbe(.up)), check("b", ScriptedProbe(.degraded))])
        try await world.with {
            try await eventually("both were looked at") { world.state("a") != nil && world.state("b") != nil }
        }
        let minutes = world.samples.take(endedBefore: .now() + .seconds(120), upTo: 10)
        let a = minutes.filter { $0.key.check == "a" }
        #expect(a.first?.key.location == "here" && a.first?.sample.kept[.up] == 1)
        let b = minutes.filter { $0.key.check == "b" }
        #expect(b.first?.sample.counts[.degraded] ?? 0 >= 1 && b.allSatisfy { $0.sample.kept.isEmpty })
        #expect(world.findings.of("b").first?.isInMaintenance == true)
    }

    @Test func whatAnEarlierProcessBelievedGoesOn() async throws {
        let (world, probe) = (World(), ScriptedProbe(.up))
        world.scheduler.load([check("a", probe)])
        let now = Timestamp.now()
        world.scheduler.resume([
            Observation(check: "a", location: "there", state: .up, since: now, at: now),
            Observation(check: "a", location: "here", state: .down, since: now + .seconds(-60), reason: "x", at: now),
        ])
        try await world.with {
            try await eventually("it was looked at") { world.state("a") != nil }
            #expect(world.state("a") == .down, "one good finding does not end it")
            try await eventually("two do") { world.state("a") == .up }
        }
        #expect(probe.runs == 2)
    }

    @Test func twoThousandChecksAreAllLookedAt() async throws {
        let world = World()
        let probes = (0..<2_000).map { _ in ScriptedProbe(.up, takes: .milliseconds(20)) }
        world.scheduler.load(probes.indices.map { check("c\($0)", probes[$0], every: .seconds(10)) })
        try await world.with {
            try await eventually("all were looked at") {
                #expect(world.scheduler.running <= ProbeScheduler.mostRuns)
                return world.findings.checks == 2_000
            }
        }
        #expect(world.samples.lost == 0 && probes.allSatisfy { $0.mostAtOnce == 1 })
    }
}
