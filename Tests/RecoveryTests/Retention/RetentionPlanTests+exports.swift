// SPDX-License-Identifier: Apache-2.0
// Martlet: which exports of the configuration are kept.

import ObjectStore
import Platform
import Testing

@testable import Recovery

extension RetentionPlanTests {
    private func export(_ hours: Double) throws -> ObjectKey {
        let facts = ExportFacts(
            system: Self.system,
            exported: now + .seconds(-hours * 3600),
            migration: 7,
            program: "1"
        )
        return try StoredExports.key(facts.name, of: Self.system)
    }

    private func plan(exports: [ObjectKey], _ change: (inout RetentionPolicy) -> Void = { _ in }) -> RetentionPlan {
        var policy = RetentionPolicy()
        change(&policy)
        return RetentionPlan(RetentionContents(Self.system, exports: exports), policy: policy, now: now)
    }

    @Test func theNewestExportsAndTheYoungOnesStay() throws {
        let all = try (1...9).map { try export(Double($0) * 24) }.sorted()
        let plan = plan(exports: all) {
            $0.exports = 3
            $0.exportAge = .seconds(5.5 * 86_400)
        }
        #expect(plan.removedExports == Array(all.prefix(4)) && plan.keptExports == 5)
        #expect(plan.table.contains("Exports: 5 stay, 4 go") && !plan.isEmpty)
        let old = self.plan(exports: all) {
            $0.exports = 3
            $0.exportAge = .zero
        }
        #expect(old.removedExports == Array(all.prefix(6)))
        #expect(self.plan(exports: all) { $0.exports = nil }.isEmpty)
    }

    @Test func byDefaultThirtyAndThoseOfNinetyDaysStay() throws {
        let days = try (1...100).map { try export(Double($0) * 24) }.sorted()
        // The newest 90 are young; the one of just ninety days ago is not older.
        #expect(plan(exports: days).removedExports == Array(days.prefix(10)))
        let old = try (1...40).map { try export(Double($0) * 24 * 100) }.sorted()
        #expect(plan(exports: old).removedExports == Array(old.prefix(10)))
    }

    @Test func oldExportsGoAndStrangersStay() async throws {
        let store = ScriptedStore()
        let (old, young) = (try export(24 * 1_000), try export(1))
        let stranger = try StoredExports.key("notes", of: Self.system)
        for key in [old, young, stranger] { store.plant(key, at: now) }
        let contents = try await Catalogue(store, keys: nil).contents(of: Self.system)
        #expect(contents.exports == [old, young])
        var policy = RetentionPolicy()
        policy.exports = 1
        let plan = RetentionPlan(contents, policy: policy, now: now)
        #expect(try await RetentionRun(plan, in: store, mayGoOn: {}).execute().objects == 1)
        #expect(store.keys == [young, stranger])
    }
}
