// SPDX-License-Identifier: Apache-2.0
// Martlet: one run at a time, however slow, deaf or dead the others are.

import ObjectStore
import Platform
import Synchronization
import Testing

@testable import Recovery

@Suite("The lease of a run")
struct RunLeaseTests {
    private static let system = SystemID(42)
    private let time = FakeTime()

    private func request(
        _ store: any ObjectStore,
        _ name: String = "a",
        _ kind: LeaseKind = .change
    ) -> LeaseRequest {
        LeaseRequest(
            store: SystemStore(Self.system, in: store),
            holder: LeaseHolder(host: name, pid: 7, verb: "backup", since: Timestamp(seconds: 0)),
            lifetime: .seconds(60),
            clock: time.clock,
            kind: kind
        )
    }

    private func store() -> ScriptedStore {
        let time = time
        return ScriptedStore(clock: { time.now })
    }

    @Test func theSecondIsRefusedAndToldWhoRuns() async throws {
        let store = store()
        let first = try await request(store, "db1").acquire()
        let refusal = try #require(await failure { try await request(store, "db2").acquire() })
        #expect(refusal.code == .locked)
        #expect(
            refusal.message
                == "another run is under way: backup on db1 (pid 7) since 1970-01-01T00:00:00Z; if it was killed, its lease ends in 70 s"
        )
        await first.release()
        #expect(!first.isHeld)
        let second = try await request(store, "db2").acquire()
        #expect(second.generation == 2)
        #expect(store.keys.count == 1)
    }

    @Test func oneThatCantBeReadIsCalledThat() async throws {
        let store = store()
        store.plant(StoreLayout(Self.system).lease(1), Array("{".utf8), at: time.now)
        let refusal = try #require(await failure { try await request(store).acquire() })
        #expect(
            refusal.message
                == "another run is under way: one whose lease can't be read; if it was killed, its lease ends in 70 s"
        )
    }

    @Test func leasesOfDifferentKindsDontWaitForEachOther() async throws {
        let store = store()
        let backup = try await request(store, "a").acquire()
        let drill = try await request(store, "b", .drill).acquire()
        #expect(await failure { try await request(store, "c", .drill).acquire() }?.message.contains("on b ") == true)
        try await backup.renew()
        try await drill.renew()
        await drill.release()
        #expect(try await request(store, "c", .drill).acquire().generation == 2)
        #expect(backup.isHeld)
    }

    @Test func aDeadHoldersLeaseEndsByTheStoresClock() async throws {
        let store = store()
        let dead = try await request(store).acquire()
        time.pass(.seconds(70))
        #expect(await failure { try await request(store).acquire() }?.code == .locked)
        time.pass(.seconds(1))
        let next = try await request(store, "b").acquire()
        #expect(next.isHeld)
        #expect(!dead.isHeld)
        #expect(await failure { try await dead.renew() }?.code == .locked)
        await dead.release()
        #expect(await failure { try await request(store, "c").acquire() }?.message.contains("on b ") == true)
    }

    @Test func renewedLeasesGoOn() async throws {
        let store = store()
        let lease = try await request(store).acquire()
        for _ in 0..<20 {
            time.pass(.seconds(20))
            try await lease.renew()
            #expect(await failure { try await request(store).acquire() }?.code == .locked)
        }
    }

    /// The holder stopped; a racer took over while the holder's late renewal was on its way.
    @Test func aRenewalThatLandsTooLateIsNotAccepted() async throws {
        let store = store()
        let slow = try await request(store, "slow").acquire()
        let time = time
        store.follow(
            ScriptedStore.Script(before: { operation in
                if case .put = operation { time.pass(.seconds(90)) }
            })
        )
        #expect(await failure { try await slow.renew() }?.code == .locked)
        #expect(!slow.isHeld)
    }

    @Test func aHigherGenerationEndsALease() async throws {
        let store = store()
        let first = try await request(store).acquire()
        store.plant(StoreLayout(Self.system).lease(9), Array("{}".utf8), at: time.now)
        #expect(await failure { try await first.renew() }?.code == .locked)
        #expect(!first.isHeld)
    }

    @Test func removedByHandItEnds() async throws {
        let store = store()
        let first = try await request(store, "a").acquire()
        store.lose(StoreLayout(Self.system).lease(1))
        let second = try await request(store, "b").acquire()
        #expect(second.generation == 1)
        await first.release()
        #expect(await failure { try await request(store, "c").acquire() }?.message.contains("on b ") == true)
        try await second.renew()
        store.lose(StoreLayout(Self.system).lease(1))
        #expect(await failure { try await second.renew() }?.code == .locked)
        #expect(!second.isHeld)
        let third = try await request(store, "b").acquire()
        #expect(third.isHeld)
        #expect(await failure { try await request(store, "c").acquire() }?.message.contains("on b ") == true)
    }

    @Test func lostAnswersDoNoHarm() async throws {
        let store = store()
        let isFirst = Mutex(true)
        store.follow(
            ScriptedStore.Script(after: { operation throws(ObjectStoreError) in
                let isLost = isFirst.withLock { first in
                    guard first, case .put = operation else { return false }
                    first = false
                    return true
                }
                if isLost { throw ObjectStoreError(.unavailable, "lost", place: "memory://test") }
            })
        )
        let lease = try await request(store).acquire()
        #expect(lease.isHeld)
    }

    @Test(arguments: ["", "nonsense", #"{"token":1}"#, "\u{0}"])
    func garbageKeepsOthersAwayOnlyForALifetime(text: String) async throws {
        let store = store()
        store.plant(StoreLayout(Self.system).lease(3), Array(text.utf8), at: time.now)
        #expect(await failure { try await request(store).acquire() }?.code == .locked)
        time.pass(.seconds(71))
        #expect(try await request(store).acquire().generation == 4)
    }

    /// A racer that slept makes a generation that was cleaned away long ago; it must notice.
    @Test func aSleepersOldGenerationCountsForNothing() async throws {
        let store = store()
        let first = try await request(store, "first").acquire()
        await first.release()
        let layout = StoreLayout(Self.system)
        let hasSlept = Mutex(false)
        let holder = Mutex<RunLease?>(nil)
        let others = request(store, "other")
        store.follow(
            ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
                guard operation == .put(layout.lease(2)), hasSlept.withLock({ $0 }) == false else { return }
                hasSlept.withLock { $0 = true }
                // Meanwhile two others run one after the other.
                for _ in 0..<2 {
                    let lease = try? await others.acquire()
                    if holder.withLock({ $0 }) == nil { await lease?.release() }
                    holder.withLock { $0 = lease }
                }
            })
        )
        #expect(await failure { try await request(store, "sleeper").acquire() }?.code == .locked)
        #expect(holder.withLock { $0 }?.isHeld == true)
    }

    /// Many racers over many rounds, with delays in the store, lost answers and stops in between: never two at once.
    @Test(arguments: 0..<6) func neverTwoAtOnce(round: Int) async throws {
        let race = LeaseRace(seed: UInt64.random(in: 0...UInt64.max))
        await race.run(racers: 12, rounds: 30, of: Self.system)
        #expect(race.clashes == 0, "seed \(race.seed)")
        #expect(race.runs > 10, "seed \(race.seed): hardly anybody ran")
        #expect(race.store.keys.count < 20, "seed \(race.seed): old generations are cleaned away")
    }

    @Test func holdingRenewsAndGivesBack() async throws {
        let store = store()
        let (time, system) = (time, Self.system)
        let held = try await RunLease.hold(
            system,
            in: store,
            as: LeaseHolder(host: "a", pid: 1, verb: "backup"),
            clock: time.clock
        ) { lease throws(RecoveryError) in
            for _ in 0..<10 {
                time.pass(.seconds(20))
                // The renewal is another task's work.
                for _ in 0..<10_000 where time.isSleeping == false { await Task.yield() }
                time.wake()
                for _ in 0..<10_000 where time.isSleeping == false { await Task.yield() }
            }
            return lease.isHeld
        }
        #expect(held)
        #expect(try await request(store).acquire().generation == 2)
    }

    @Test func aLostLeaseCancelsTheRun() async throws {
        let store = store()
        let (time, system) = (time, Self.system)
        let error = await failure {
            try await RunLease.hold(
                system,
                in: store,
                as: LeaseHolder(host: "a", pid: 1, verb: "backup"),
                clock: time.clock
            ) { lease throws(RecoveryError) in
                store.plant(StoreLayout(system).lease(7), Array("{}".utf8), at: time.now)
                while !time.isSleeping { await Task.yield() }
                time.pass(.seconds(20))
                time.wake()
                do { try await Task.sleep(for: .seconds(60)) } catch {
                    throw RecoveryError(.cancelled, "cancelled")
                }
            }
        }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("lost") == true)
    }
}

/// The error of a body that must fail.
func failure<Value>(_ body: () async throws -> Value) async -> RecoveryError? {
    do { _ = try await body() } catch { return error as? RecoveryError }
    return nil
}
