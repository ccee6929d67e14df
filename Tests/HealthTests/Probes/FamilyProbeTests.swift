// SPDX-License-Identifier: Apache-2.0
// Martlet: tests the probe of a service's instances, which DNS finds: too few, ill, vanished, unknown.

import Platform
import Synchronization
import Testing

@testable import Health

@Suite struct FamilyProbeTests {
    private final class World: Sendable {
        private let instances = Mutex<Result<[FamilyProbe.Instance], DNSError>>(.success([]))
        private let ill = Mutex<Set<String>>([])

        func find(_ hosts: String...) {
            instances.withLock { $0 = .success(hosts.map { FamilyProbe.Instance(host: $0, port: 80) }) }
        }
        func fail(_ error: DNSError) { instances.withLock { $0 = .failure(error) } }
        func makeIll(_ hosts: String...) { ill.withLock { $0 = Set(hosts) } }

        func probe(
            minimum: Int,
            of source: FamilyProbe.Source = .addresses("pods.example", port: 80),
            every interval: Duration = .seconds(10)
        ) -> FamilyProbe {
            FamilyProbe(source: source, minimum: minimum, interval: interval) { source, timeout in
                #expect(timeout == .seconds(1))
                return try self.instances.withLock { $0 }.get()
            } make: { instance in
                instance.host == "bad"
                    ? nil : ScriptedProbe(self.ill.withLock { $0.contains(instance.host) } ? .down : .up)
            }
        }
    }

    private func run(_ probe: FamilyProbe) async -> ProbeResult { await probe.run(timeout: .seconds(3)) }

    @Test func allWellIsUp() async {
        let world = World()
        world.find("10.0.0.2", "10.0.0.1", "::1")
        let result = await run(world.probe(minimum: 3))
        #expect(result.status == .up && result.reason == nil && result.value == 3)
        #expect(result.parts.map(\.name) == ["10.0.0.1:80", "10.0.0.2:80", "[::1]:80"])
        #expect(result.parts.allSatisfy { $0.status == .up })
    }

    @Test func oneIllIsDegradedAndTooFewIsDown() async {
        let world = World()
        world.find("a", "b", "c")
        world.makeIll("b")
        let degraded = await run(world.probe(minimum: 2))
        #expect(degraded.status == .degraded && degraded.value == 2)
        #expect(degraded.reason == "1 of 3 instances are not well: b:80: as the test says")
        let down = await run(world.probe(minimum: 3))
        #expect(down.status == .down && down.reason == "2 of 3 instances are well, at least 3 should be")
        world.find()
        let none = await run(world.probe(minimum: 1))
        #expect(none.status == .down && none.reason == "0 of 0 instances are well, at least 1 should be")
    }

    @Test func oneThatVanishedIsShownAndMakesNothingWorse() async {
        let world = World()
        let probe = world.probe(minimum: 1)
        world.find("a", "b")
        #expect(await run(probe).status == .up)
        world.find("a")
        let result = await run(probe)
        #expect(result.status == .up && result.value == 1)
        #expect(result.parts.map(\.name) == ["a:80", "b:80"] && result.parts[1].status == .unknown)
        #expect(result.parts[1].reason?.hasPrefix("vanished at 2") == true)
        #expect(result.parts[0].vanishedAt == nil && result.parts[1].vanishedAt != nil)
        world.find("a", "b")
        #expect(await run(probe).parts.map(\.status) == [.up, .up])
    }

    @Test func whatWasThereBeforeAReloadOrARestartIsMissed() async {
        let world = World()
        let probe = world.probe(minimum: 1)
        world.find("a", "b")
        let before = await run(probe)
        world.find("a")
        let reloaded = world.probe(minimum: 1)
        reloaded.resume(from: probe)
        #expect(await run(reloaded).parts.map(\.vanishedAt).count { $0 != nil } == 1)
        let restarted = world.probe(minimum: 1)
        let at = Timestamp.now() + .seconds(-60)
        restarted.resume(
            from: Observation(check: "x", location: "here", state: .up, since: at, at: at, parts: before.parts)
        )
        let parts = await run(restarted).parts
        #expect(parts.map(\.name) == ["a:80", "b:80"] && parts[1].vanishedAt == at)
        let late = world.probe(minimum: 1)
        let old = Timestamp.now() + .seconds(-601)
        late.resume(
            from: Observation(check: "x", location: "here", state: .up, since: old, at: old, parts: before.parts)
        )
        #expect(await run(late).parts.map(\.name) == ["a:80"], "after ten minutes nobody asks")
    }

    @Test func whoIsLookedAtSeldomIsMissedForThreeIntervals() async {
        let world = World()
        world.find("a", "b")
        let before = await run(world.probe(minimum: 1))
        world.find("a")
        func missed(after age: Duration, every interval: Duration) async -> [String] {
            let at = Timestamp.now() + (.zero - age)
            let probe = world.probe(minimum: 1, every: interval)
            probe.resume(
                from: Observation(check: "x", location: "here", state: .up, since: at, at: at, parts: before.parts)
            )
            return await run(probe).parts.filter { $0.vanishedAt != nil }.map(\.name)
        }
        #expect(await missed(after: .seconds(601), every: .seconds(600)) == ["b:80"])
        #expect(await missed(after: .seconds(1_790), every: .seconds(600)) == ["b:80"])
        #expect(await missed(after: .seconds(1_801), every: .seconds(600)) == [])
        #expect(await missed(after: .seconds(86_500), every: .seconds(86_400)) == ["b:80"])
    }

    @Test func instancesOfAnotherNameOrPortAreNotMissed() async {
        let world = World()
        let probe = world.probe(minimum: 1)
        world.find("a", "b")
        _ = await run(probe)
        world.find("c")
        func missed(_ source: FamilyProbe.Source) async -> [String] {
            let reloaded = world.probe(minimum: 1, of: source)
            reloaded.resume(from: probe)
            return await run(reloaded).parts.filter { $0.vanishedAt != nil }.map(\.name)
        }
        #expect(await missed(.addresses("others.example", port: 80)) == [])
        #expect(await missed(.addresses("pods.example", port: 81)) == [])
        #expect(await missed(.services("pods.example")) == [])
        #expect(await missed(.addresses("pods.example", port: 80)) == ["a:80", "b:80"])
    }

    @Test func whatCannotBeFoundIsUnknown() async {
        let world = World()
        world.fail(DNSError("the server does not answer"))
        let result = await run(world.probe(minimum: 1))
        #expect(result.status == .unknown && result.parts.isEmpty)
        #expect(result.reason?.hasPrefix("the instances can't be found: ") == true)
    }

    @Test func anInstanceWithoutAProbeIsNotWell() async {
        let world = World()
        world.find("a", "bad")
        let result = await run(world.probe(minimum: 1))
        #expect(result.status == .degraded && result.parts.first { $0.name == "bad:80" }?.status == .unknown)
    }

    @Test func noMoreThanTwoHundredAreLookedAt() async {
        let probe = FamilyProbe(source: .services("x"), minimum: 1, interval: .seconds(10)) { _, _ in
            (0..<1_000).map { FamilyProbe.Instance(host: "h\($0)", port: 1) }
        } make: { _ in
            ScriptedProbe(.up)
        }
        #expect(await run(probe).value == 200)
    }
}
