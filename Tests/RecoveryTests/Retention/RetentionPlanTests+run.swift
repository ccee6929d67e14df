// SPDX-License-Identifier: Apache-2.0
// Martlet: plans of retention as they are carried out.

import ObjectStore
import Platform
import Postgres
import Synchronization
import Testing

@testable import Recovery

extension RetentionPlanTests {
    @Test func aBackupThatWasPinnedMeanwhileKeepsItsLog() async throws {
        let store = ScriptedStore()
        let backups = [physical(1, start: 90), physical(30, start: 70)]
        let plan = plan(backups, log: [log(1, 60...95)]) { $0.count = 1 }
        for key in Self.layout.folderKeys(of: backups[1].id) { store.plant(key, at: now) }
        for file in plan.log.flatMap(\.removed) { store.plant(file.key, at: now) }
        store.plant(Self.layout.pin(of: backups[1].id), at: now)
        let before = store.keys
        let report = try await RetentionRun(plan, in: store, mayGoOn: {}).execute()
        #expect(report.refusals == [RetentionRun.Refusal(backup: backups[1].id, reason: "pinned meanwhile")])
        #expect(store.keys == before)
        store.lose(Self.layout.pin(of: backups[1].id))
        #expect(try await RetentionRun(plan, in: store, mayGoOn: {}).execute().backups == [backups[1].id])
        #expect(store.keys.isEmpty)
    }

    @Test func whatTheStoreRefusesStaysListedWithItsLog() async throws {
        let store = ScriptedStore()
        let backups = [physical(1, start: 90), physical(30, start: 70)]
        let plan = plan(backups, log: [log(1, 60...95)]) { $0.count = 1 }
        for file in plan.log.flatMap(\.removed) { store.plant(file.key, at: now) }
        store.follow(
            ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
                guard case .remove(let keys) = operation, keys.count == 1 else { return }
                throw ObjectStoreError(.denied, "locked until next year", key: keys[0], place: "memory://test")
            })
        )
        let report = try await RetentionRun(plan, in: store, mayGoOn: {}).execute()
        #expect(report.backups.isEmpty)
        #expect(report.refusals.first?.reason.contains("locked until next year") == true)
        #expect(store.keys.count == 30)
    }

    @Test func aLostLeaseStopsIt() async throws {
        let store = ScriptedStore()
        let plan = plan([physical(1, start: 90), physical(30, start: 70)]) { $0.count = 1 }
        let error = await failure {
            try await RetentionRun(plan, in: store) { () throws(RecoveryError) in throw RecoveryError(.locked, "lost") }
                .execute()
        }
        #expect(error?.code == .locked)
    }
}
