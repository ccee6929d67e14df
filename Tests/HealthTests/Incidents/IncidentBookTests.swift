// SPDX-License-Identifier: Apache-2.0
// Martlet: when incidents open, what they name as their cause, and when they end.

import Platform
import Testing

@testable import Health

@Suite struct IncidentBookTests {
    /// postgres and redis below api and worker; api below web.
    private static let edges = [
        "web": ["api"], "api": ["postgres", "redis"], "worker": ["postgres", "redis"], "postgres": [], "redis": [],
    ]

    /// A book with a clock and a world of verdicts, stepped by the test.
    private struct World {
        var book = IncidentBook()
        var now = Timestamp(seconds: 1_800_000_000)
        var verdicts: [String: Verdict] = [:]
        var rules: [String: IncidentRules] = [:]
        var maintenance: Set<String> = []

        init() {
            for check in IncidentBookTests.edges.keys {
                rules[check] = IncidentRules(name: check.uppercased(), interval: .seconds(10), timeout: .seconds(2))
                set(check, .up)
            }
        }

        /// Says that a check was found in a state now, and looked at now.
        mutating func set(
            _ check: String,
            _ state: CheckState,
            _ reason: String? = nil,
            suspect: Bool = false,
            flapping: Bool = false
        ) {
            let observation = Observation(
                check: check,
                location: "here",
                state: state,
                since: verdicts[check]?.state == state ? verdicts[check]?.since ?? now : now,
                reason: reason ?? (state == .up ? nil : "no answer"),
                isFlapping: flapping,
                isSuspect: suspect,
                failingSince: state.isBad ? verdicts[check]?.failingSince ?? now : nil,
                at: now
            )
            verdicts[check] = Verdict([observation], quorum: .majority, before: verdicts[check])
        }

        /// Says that all checks but some were looked at now, and are as they were.
        mutating func lookAgain(except: Set<String> = []) {
            for check in verdicts.keys where !except.contains(check) { verdicts[check]?.lookedAt = now }
        }

        /// Lets time pass and evaluates.
        mutating func step(_ seconds: Int = 1) -> [String] {
            now = now + .seconds(seconds)
            let evidence = IncidentBook.Evidence(
                verdicts: verdicts,
                rules: rules,
                graph: DependencyGraph(IncidentBookTests.edges),
                maintenance: maintenance
            )
            return book.evaluate(evidence, at: now).map { "\($0.incident.check) \($0.kind)" }
        }
    }

    @Test func opensOnceAndEndsOnce() throws {
        var world = World()
        #expect(world.step() == [])
        world.set("redis", .down, "connection refused")
        #expect(world.step() == ["redis opened"])
        #expect(world.step() == [])
        let incident = try #require(world.book.open["redis"])
        #expect(
            incident.title == "REDIS is DOWN" && incident.severity == .critical
                && incident.rootCause?.reason == "connection refused"
        )
        world.set("redis", .up)
        #expect(world.step() == ["redis resolved"])
        #expect(world.step() == [])
        #expect(world.book.open.isEmpty)
    }

    /// The time-outs of those that were looked at since don't count.
    @Test func aWaitIsAsLongAsTheSlowestCauseThatWasNotLookedAt() {
        func opens(_ seconds: Int, late: String) -> Bool {
            var world = World()
            for (check, timeout) in [("postgres", 2), ("redis", 20)] {
                world.rules[check] = IncidentRules(name: check, interval: .seconds(60), timeout: .seconds(timeout))
            }
            world.now = world.now + .seconds(1)
            world.set("api", .down)
            world.lookAgain(except: [late])
            return world.step(seconds).contains("api opened")
        }
        #expect(!opens(4, late: "postgres") && opens(5, late: "postgres"))
        #expect(!opens(5, late: "redis") && !opens(40, late: "redis") && opens(41, late: "redis"))
    }

    @Test func aCauseSilencesWhatRestsOnItAndNamesIt() throws {
        var world = World()
        world.set("postgres", .down)
        world.set("api", .down)
        world.set("web", .down)
        world.set("worker", .degraded)
        #expect(world.step() == ["postgres opened", "postgres affected", "postgres affected", "postgres affected"])
        #expect(Set(world.book.open["postgres"]?.affected ?? []) == ["api", "web", "worker"])
        #expect(world.book.suppressed == ["api": "postgres", "web": "postgres", "worker": "postgres"])
        for check in ["postgres", "api", "web", "worker"] { world.set(check, .up) }
        #expect(world.step() == ["postgres resolved"])
        #expect(world.book.suppressed.isEmpty)
    }

    @Test func theEffectThatIsFoundFirstWaitsForNewsOfItsCauses() throws {
        var world = World()
        _ = world.step()
        world.now = world.now + .seconds(1)
        world.set("api", .down)
        #expect(world.step() == [], "postgres was last looked at before the api failed")
        world.set("postgres", .up, suspect: true)
        world.set("redis", .up)
        #expect(world.step() == [], "postgres is being looked at again")
        world.set("postgres", .down)
        #expect(world.step() == ["postgres opened", "postgres affected"])
    }

    @Test func opensByItselfOnceItsCausesAreFoundWell() {
        var world = World()
        _ = world.step()
        world.now = world.now + .seconds(1)
        world.set("api", .down)
        _ = world.step(0)
        world.lookAgain()
        #expect(world.step() == ["api opened"])
    }

    @Test func doesNotWaitForEver() {
        var world = World()
        _ = world.step()
        world.now = world.now + .seconds(1)
        world.set("api", .down)
        #expect(world.step(4) == [])
        #expect(world.step(1) == ["api opened"], "two time-outs and a second are enough")
    }

    @Test func aCauseFoundLaterIsAddedToTheIncident() throws {
        var world = World()
        _ = world.step()
        world.set("api", .down)
        #expect(world.step(6) == ["api opened"])
        world.set("postgres", .down, "time-out")
        #expect(world.step() == ["postgres opened", "api cause"])
        #expect(world.book.open["api"]?.rootCause == Incident.Cause(check: "postgres", reason: "time-out"))
        world.set("postgres", .up)
        world.set("api", .up)
        #expect(world.step() == ["postgres resolved", "api resolved"], "an end is never suppressed")
    }

    @Test func whatStaysIllAfterItsCauseIsWellOpensByItself() {
        var world = World()
        world.set("postgres", .down)
        world.set("api", .down)
        #expect(world.step() == ["postgres opened", "postgres affected"])
        world.set("postgres", .up)
        #expect(world.step() == ["postgres resolved"])
        #expect(world.step(29) == [], "it has three intervals, and 30 s at least, to be found well")
        #expect(world.step(2) == ["api opened"])
    }

    @Test func maintenanceOpensNothingAndEndsNothing() {
        var world = World()
        world.maintenance = ["redis"]
        world.set("redis", .down)
        #expect(world.step() == [])
        world.set("api", .degraded)
        #expect(world.step() == [], "what rests on something in maintenance suffers in silence")
        world.maintenance = []
        #expect(world.step() == ["redis opened", "redis affected"])
        world.maintenance = ["redis"]
        world.set("redis", .up)
        world.set("api", .up)
        #expect(world.step() == ["redis resolved"])
    }

    @Test func aTroubleThatComesBackIsTheSameIncident() throws {
        var world = World()
        world.set("redis", .down)
        _ = world.step()
        let id = try #require(world.book.open["redis"]?.id)
        world.set("redis", .up)
        #expect(world.step() == ["redis resolved"])
        world.now = world.now + .seconds(60)
        world.set("redis", .down)
        #expect(world.step() == ["redis reopened"])
        #expect(world.book.open["redis"]?.id == id)
        world.set("redis", .up)
        #expect(world.step() == [], "what came back must stay well for a minute")
        #expect(world.step(60) == ["redis resolved"])
        world.now = world.now + .seconds(700)
        world.set("redis", .down)
        #expect(world.step() == ["redis opened"])
        #expect(world.book.open["redis"]?.id ?? 0 > id)
    }

    @Test func aFlappingCheckIsOneIncident() {
        var world = World()
        world.set("redis", .down, flapping: true)
        #expect(world.step() == ["redis opened"])
        world.set("redis", .degraded, flapping: true)
        #expect(world.step() == [])
        #expect(world.book.open["redis"]?.isFlapping == true)
    }

    @Test func gettingWorseIsToldThoughItsCauseIsFoundInTheSameMoment() {
        var world = World()
        world.set("api", .degraded)
        #expect(world.step(6) == ["api opened"])
        world.set("postgres", .down)
        world.set("api", .down)
        #expect(world.step() == ["postgres opened", "api updated"])
        #expect(world.book.open["api"]?.rootCause?.check == "postgres")
    }

    @Test func gettingWorseIsSaidOnce() {
        var world = World()
        world.set("redis", .degraded)
        #expect(world.step() == ["redis opened"])
        #expect(world.book.open["redis"]?.severity == .warning)
        world.set("redis", .down)
        #expect(world.step() == ["redis updated"])
        #expect(world.book.open["redis"]?.severity == .critical)
        world.set("redis", .degraded)
        #expect(world.step() == [])
        #expect(world.book.open["redis"]?.severity == .critical)
    }

    @Test func peopleActOnIncidents() throws {
        var world = World()
        world.set("redis", .down)
        _ = world.step()
        let id = try #require(world.book.open["redis"]?.id)
        #expect(world.book.acknowledge(id, by: "operator", at: world.now)?.incident.status == .acknowledged)
        #expect(world.book.acknowledge(id, by: "operator", at: world.now) == nil)
        #expect(world.book.comment(id, by: "operator", text: "on it", isPublic: true, at: world.now)?.kind == .comment)
        #expect(
            world.book.resolve(id, by: "operator", text: "replaced", at: world.now)?.incident.resolvedAt == world.now
        )
        #expect(world.step() == [], "the repair has a minute to show")
        #expect(world.step(60) == ["redis reopened"])
        #expect(world.book.resolve(id + 1, by: "x", text: "y", at: world.now) == nil)
        let kinds = world.book.open["redis"]?.timeline.map(\.kind)
        #expect(kinds == [.opened, .acknowledged, .comment, .resolved, .reopened])
        #expect(world.book.open["redis"]?.timeline.map(\.number) == [1, 2, 3, 4, 5])
    }

    @Test func goesOnFromWhatWasRecorded() throws {
        var world = World()
        world.set("redis", .down)
        _ = world.step()
        let recorded = try #require(world.book.open["redis"])
        var successor = IncidentBook([recorded])
        let evidence = IncidentBook.Evidence(
            verdicts: world.verdicts,
            rules: world.rules,
            graph: DependencyGraph(Self.edges)
        )
        #expect(successor.evaluate(evidence, at: world.now + .seconds(1)).isEmpty)
        #expect(successor.open["redis"] == recorded)
    }

    @Test func aCheckThatIsNoLongerConfiguredEndsItsIncident() {
        var world = World()
        world.set("redis", .down)
        _ = world.step()
        world.rules["redis"] = nil
        #expect(world.step() == ["redis resolved"])
    }

    @Test func unknownNeitherOpensNorEnds() {
        var world = World()
        world.set("redis", .unknown)
        #expect(world.step() == [])
        world.set("redis", .down)
        #expect(world.step() == ["redis opened"])
        world.set("redis", .unknown)
        #expect(world.step() == [])
    }
}
