// SPDX-License-Identifier: Apache-2.0
// Martlet: whatever the history, retention takes nothing away that somebody may want back.

import ObjectStore
import Platform
import Synchronization
import Testing

@testable import Recovery

@Suite("Retention over random histories")
struct RetentionPropertyTests {
    /// Another one each day; a failure prints the seed that repeats it.
    private static let base = UInt64(Timestamp.now().microseconds / 86_400_000_000) << 32
    private static let rounds = 250

    static func policy(_ dice: inout SeededDice) -> RetentionPolicy {
        var policy = RetentionPolicy()
        if dice.chance(60) { policy.count = dice.number(1...6) }
        if dice.chance(40) { policy.age = .seconds(dice.number(3_600...2_000_000)) }
        if dice.chance(60) { policy.window = .seconds(dice.number(3_600...2_000_000)) }
        for period in RetentionPeriod.allCases where dice.chance(25) { policy.periods[period] = dice.number(1...5) }
        policy.minimum = dice.number(1...3)
        policy.trimsLog = dice.chance(25)
        return policy
    }

    /// Ends a run after so many changes; a batch that it is killed in is done in part.
    private static func kill(_ store: ScriptedStore, after changes: Int, seed: UInt64) -> ScriptedStore.Script {
        let left = Mutex(changes)
        let dice = Mutex(SeededDice(seed))
        return ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
            guard case .remove(let keys) = operation else { return }
            let isOver = left.withLock { left in
                left -= 1
                return left < 0
            }
            guard isOver else { return }
            for key in keys where dice.withLock({ $0.chance(50) }) { store.lose(key) }
            throw ObjectStoreError(.unavailable, "killed", place: "memory://test")
        })
    }

    @Test(arguments: 0..<8) func whatCouldBeRestoredStillCan(batch: Int) async throws {
        for round in 0..<Self.rounds {
            // All this is work for the processor: other tests have deadlines.
            await Task.yield()
            let seed = Self.base + UInt64(batch * Self.rounds + round)
            var dice = SeededDice(seed ^ 0xABCD)
            let history = RandomHistory(seed: seed)
            let policy = Self.policy(&dice)
            let before = Before(history, policy)
            let plan = RetentionPlan(history.contents(), policy: policy, now: history.now)

            for backup in history.facts.values where backup.isRead {
                #expect(plan.backups.first { $0.id == backup.id }?.isKept != false, "seed \(seed): it is being read")
            }
            // Killed somewhere, then done anew, then there is nothing left to do.
            history.store.follow(Self.kill(history.store, after: dice.number(0...12), seed: seed))
            _ = try? await RetentionRun(plan, in: history.store, mayGoOn: {}).execute()
            before.check(RestoreOracle(history), seed, "killed")
            history.store.follow(ScriptedStore.Script())
            let again = RetentionPlan(history.contents(), policy: policy, now: history.now)
            let report = try await RetentionRun(again, in: history.store, mayGoOn: {}).execute()
            #expect(report.refusals.isEmpty, "seed \(seed)")
            before.check(RestoreOracle(history), seed, "finished")
            before.checkPlan(plan, seed)
            let third = RetentionPlan(history.contents(), policy: policy, now: history.now)
            #expect(third.isEmpty, "seed \(seed):\n\(third.table)")
            #expect(
                history.store.keys.filter { $0.description.hasPrefix("\(history.stranger)/") }.count == 6,
                "seed \(seed): another system was touched"
            )
        }
    }

    @Test func killedAtEachStep() async throws {
        for round in 0..<6 {
            let seed = Self.base + 900_000 + UInt64(round)
            for step in 0..<60 {
                await Task.yield()
                var dice = SeededDice(seed)
                let history = RandomHistory(seed: seed)
                let policy = Self.policy(&dice)
                let before = Before(history, policy)
                history.store.follow(Self.kill(history.store, after: step, seed: seed))
                let plan = RetentionPlan(history.contents(), policy: policy, now: history.now)
                let isDone = (try? await RetentionRun(plan, in: history.store, mayGoOn: {}).execute()) != nil
                before.check(RestoreOracle(history), seed, "killed after \(step)")
                if isDone { break }
            }
        }
    }

    @Test func aMoreGenerousPolicyKeepsNoLess() async {
        for round in 0..<200 {
            await Task.yield()
            let seed = Self.base + 500_000 + UInt64(round)
            var dice = SeededDice(seed)
            let history = RandomHistory(seed: seed, events: 60)
            var policy = Self.policy(&dice)
            guard policy.hasRules else { continue }
            let contents = history.contents()
            let strict = RetentionPlan(contents, policy: policy, now: history.now)
            let later = RetentionPlan(contents, policy: policy, now: history.now + .seconds(dice.number(1...900_000)))
            policy.count = (policy.count ?? 0) + dice.number(0...2)
            policy.age = (policy.age ?? .zero) + .seconds(dice.number(0...90_000))
            policy.window = (policy.window ?? .zero) + .seconds(dice.number(0...90_000))
            policy.periods[.day, default: 0] += 1
            policy.minimum += dice.number(0...1)
            let generous = RetentionPlan(contents, policy: policy, now: history.now)
            #expect(Self.removed(generous).isSubset(of: Self.removed(strict)), "seed \(seed): generous")
            #expect(Self.removed(strict).isSubset(of: Self.removed(later)), "seed \(seed): later")
        }
    }

    private static func removed(_ plan: RetentionPlan) -> Set<String> {
        Set(plan.removedBackups.map(\.description)).union(plan.log.flatMap(\.removed).map(\.key.description))
    }
}

/// What could be restored before anything was removed, and what of it must still be.
private struct Before {
    private let history: RandomHistory
    private let policy: RetentionPolicy
    private let all: Set<Int>
    private let sound: Set<Int>
    private let reaches: [BackupID: [UInt32: UInt64]]
    private let listed: Set<BackupID>

    init(_ history: RandomHistory, _ policy: RetentionPolicy) {
        self.history = history
        self.policy = policy
        let oracle = RestoreOracle(history)
        all = oracle.restorable()
        sound = oracle.restorable { $0.health != .damaged }
        reaches = Self.reaches(history, oracle)
        listed = oracle.listed
    }

    private static func reaches(_ history: RandomHistory, _ oracle: RestoreOracle) -> [BackupID: [UInt32: UInt64]] {
        var found: [BackupID: [UInt32: UInt64]] = [:]
        for id in oracle.listed where id.method == .physical {
            for target in history.histories.keys {
                found[id, default: [:]][target] = oracle.reach(of: id, towards: target)
            }
        }
        return found
    }

    /// What must hold at each instant.
    func check(_ oracle: RestoreOracle, _ seed: UInt64, _ when: String) {
        #expect(oracle.listed == oracle.whole, "seed \(seed), \(when): a listed backup is not whole")
        for (id, now) in Self.reaches(history, oracle) {
            for (target, reached) in reaches[id] ?? [:] {
                // A backup that only serves its own moment is still consistent; the others reach as far as they did.
                let wanted = policy.trimsLog ? history.facts[id]?.end ?? 0 : reached
                #expect((now[target] ?? 0) >= wanted, "seed \(seed), \(when): \(id) lost WAL of timeline \(target)")
            }
        }
        let start = policy.window.map { history.now + (.zero - $0) }
        for (had, has, name) in [
            (all, oracle.restorable(), "any"), (sound, oracle.restorable { $0.health != .damaged }, "sound"),
        ] {
            let newest = (history.histories.keys.max() ?? 1, had.max())
            for index in had {
                let moment = history.moments[index]
                let isWanted = start.map { moment.time >= $0 } ?? false
                let isNewest = index == newest.1 && moment.timeline == newest.0
                guard isWanted || isNewest else { continue }
                #expect(has.contains(index), "seed \(seed), \(when): moment \(moment) from \(name) backup is lost")
            }
        }
        for database in ["app", "other"] {
            let newest = listed.filter { history.facts[$0]?.database == database }.max { left, right in
                (history.facts[left]?.ended ?? .earliest, left) < (history.facts[right]?.ended ?? .earliest, right)
            }
            if let newest {
                #expect(oracle.listed.contains(newest), "seed \(seed), \(when): newest of \(database) is gone")
            }
        }
        for (id, backup) in history.facts where backup.isPinned {
            #expect(oracle.listed.contains(id), "seed \(seed), \(when): a pinned backup is gone")
        }
    }

    /// A plan is worth nothing if it just keeps all: what no rule and no protection names goes.
    func checkPlan(_ plan: RetentionPlan, _ seed: UInt64) {
        #expect(Set(plan.backups.map(\.id)).isSuperset(of: listed), "seed \(seed)")
        #expect(plan.backups.allSatisfy { !$0.reasons.isEmpty }, "seed \(seed)")
        #expect(plan.backups.allSatisfy { policy.hasRules || $0.isKept || $0.ended == nil }, "seed \(seed)")
        guard policy.hasRules, policy.window == nil, policy.age == nil, policy.periods.isEmpty else { return }
        let limit = max(policy.count ?? 0, policy.minimum) * 2 + 4
        let kept = plan.backups.filter { decision in
            decision.isKept && history.facts[decision.id].map { !$0.isPinned && $0.database == "app" } ?? false
        }
        #expect(kept.count <= limit, "seed \(seed): \(kept.count) stay")
    }
}
