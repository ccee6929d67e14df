// SPDX-License-Identifier: Apache-2.0
// Martlet: racers for one lease over a store that is slow and loses answers.

import ObjectStore
import Platform
import Synchronization

@testable import Recovery

/// Racers that take the lease, renew it or forget to, give it back or are killed; and how often two had it at once.
final class LeaseRace: Sendable {
    private struct State {
        var dice: SeededDice
        var holders: [Int: RunLease] = [:]
        var runs = 0
        var clashes = 0
    }

    let seed: UInt64
    let store: ScriptedStore
    private let time = FakeTime(advancing: true)
    private let state: Mutex<State>

    var runs: Int { state.withLock { $0.runs } }
    var clashes: Int { state.withLock { $0.clashes } }

    init(seed: UInt64) {
        self.seed = seed
        state = Mutex(State(dice: SeededDice(seed)))
        let time = time
        store = ScriptedStore(clock: { time.now })
    }

    func run(racers: Int, rounds: Int, of system: SystemID) async {
        store.follow(
            ScriptedStore.Script(
                before: { _ throws(ObjectStoreError) in await self.time.nap(self.number(0...3)) },
                after: { operation throws(ObjectStoreError) in
                    await self.time.nap(self.number(0...2))
                    guard operation.isChange, self.chance(5) else { return }
                    throw ObjectStoreError(.unavailable, "lost", place: "memory://test")
                }
            )
        )
        await withTaskGroup(of: Void.self) { group in
            for racer in 0..<racers {
                group.addTask {
                    for _ in 0..<rounds { await self.race(racer, system) }
                }
            }
        }
    }

    private func race(_ racer: Int, _ system: SystemID) async {
        let request = LeaseRequest(
            store: SystemStore(system, in: store),
            holder: LeaseHolder(host: "\(racer)", pid: 1, verb: "backup"),
            lifetime: .seconds(60),
            clock: time.clock
        )
        guard let lease = try? await request.acquire() else { return await time.nap(number(1...30)) }
        state.withLock { $0.runs += 1 }
        for _ in 0..<number(1...6) where lease.isHeld {
            look(racer, lease)
            await time.nap(number(1...25))
            if chance(85) { try? await lease.renew() }
        }
        // Others are killed.
        if chance(70) { await lease.release() }
    }

    /// Who is sure of it at this instant is the only one.
    private func look(_ racer: Int, _ lease: RunLease) {
        state.withLock { state in
            state.holders[racer] = lease
            state.holders = state.holders.filter { $0.value.isHeld }
            if state.holders.count > 1 { state.clashes += 1 }
        }
    }

    private func number(_ range: ClosedRange<Int>) -> Int { state.withLock { $0.dice.number(range) } }
    private func chance(_ percent: Int) -> Bool { state.withLock { $0.dice.chance(percent) } }
}
