// SPDX-License-Identifier: Apache-2.0
// Martlet: retention leaves alone what somebody reads, whenever he began.

import ObjectStore
import Platform
import Synchronization
import Testing

@testable import Recovery

@Suite("Marks of readers")
struct ReaderMarkTests {
    private static let system = CatalogueFixture.system
    private static let now = CatalogueFixture.now
    private static let reader = LeaseHolder(host: "there", pid: 7, verb: "drill")

    private func plan(_ fixture: CatalogueFixture, at time: Timestamp = Self.now) async throws -> RetentionPlan {
        var policy = RetentionPolicy()
        policy.count = 1
        let contents = try await Catalogue(fixture.store, keys: fixture.keys).contents(of: Self.system)
        return RetentionPlan(contents, policy: policy, now: time)
    }

    private func execute(_ plan: RetentionPlan, _ fixture: CatalogueFixture) async throws -> RetentionRun.Report {
        try await RetentionRun(plan, in: fixture.store, mayGoOn: {}).execute()
    }

    private func marks(_ fixture: CatalogueFixture) -> Int {
        fixture.store.keys.count { $0.description.hasPrefix(fixture.layout.readers) }
    }

    @Test func whatSomebodyReadsIsInUse() async throws {
        let fixture = try CatalogueFixture()
        let old = try await fixture.backup(30, .logical) { $0.database = "app" }
        try await fixture.backup(1, .logical) { $0.database = "app" }
        let kept = Mutex<[RetentionReason]?>(nil)
        try await ReaderMark.hold(old, of: Self.system, in: fixture.store, as: Self.reader) {
            () throws(RecoveryError) in
            let plan = try? await plan(fixture)
            kept.withLock { $0 = plan?.backups.first { $0.id == old }?.reasons }
        }
        #expect(kept.withLock { $0 } == [.inUse])
        #expect(marks(fixture) == 0)
        #expect(try await plan(fixture).removedBackups == [old])
    }

    @Test func whoBeganAfterThePlanIsRespected() async throws {
        let fixture = try CatalogueFixture()
        let old = try await fixture.backup(30, .logical) { $0.database = "app" }
        try await fixture.backup(1, .logical) { $0.database = "app" }
        let plan = try await plan(fixture)
        let before = fixture.store.keys
        try await ReaderMark.hold(old, of: Self.system, in: fixture.store, as: Self.reader) {
            () throws(RecoveryError) in
            let report = try? await execute(plan, fixture)
            guard report?.refusals.map(\.reason) == ["somebody reads it"] else {
                throw RecoveryError(.internal, "it was not refused: \(String(describing: report))")
            }
        }
        #expect(fixture.store.keys == before)
    }

    @Test func whoBeganBetweenTheLookAndTheRemovalFindsTheEntryAgain() async throws {
        let fixture = try CatalogueFixture()
        let old = try await fixture.backup(30, .logical) { $0.database = "app" }
        try await fixture.backup(1, .logical) { $0.database = "app" }
        let plan = try await plan(fixture)
        let (entry, mark) = (fixture.layout.path(of: old).entry, fixture.layout.reader("late", of: old))
        let store = fixture.store
        let bytes = try await store.get(entry, limit: 1 << 20)
        store.follow(
            ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
                if operation == .remove([entry]) { store.plant(mark, at: Self.now) }
            })
        )
        let report = try await execute(plan, fixture)
        #expect(report.refusals.map(\.backup) == [old])
        #expect(try await store.get(entry, limit: 1 << 20) == bytes)
        #expect(try await Catalogue(store, keys: fixture.keys).listing(of: Self.system).backups.count == 2)
    }

    @Test func logStaysForWhoBeganAfterThePlan() async throws {
        let tests = RetentionPlanTests()
        let now = tests.now
        let store = ScriptedStore(clock: { now })
        let backups = [tests.physical(1, start: 90), tests.physical(30, start: 70)]
        let plan = tests.plan(backups, log: [tests.log(1, 60...95)]) { $0.count = 1 }
        let log = plan.log.flatMap(\.removed).map(\.key)
        #expect(!log.isEmpty)
        for key in log { store.plant(key, at: tests.now) }
        let mark = RetentionPlanTests.layout.reader("late", of: backups[0].id)
        store.plant(mark, at: tests.now)
        #expect(
            try await RetentionRun(plan, in: store, mayGoOn: {}).execute().backups == [backups[1].id]
        )
        #expect(store.keys == Set(log + [mark]))
        store.lose(mark)
        _ = try await RetentionRun(plan, in: store, mayGoOn: {}).execute()
        #expect(store.keys.isEmpty)
    }

    @Test func aKilledReaderKeepsABackupForAQuarterOfAnHour() async throws {
        let fixture = try CatalogueFixture()
        let old = try await fixture.backup(30, .logical) { $0.database = "app" }
        try await fixture.backup(1, .logical) { $0.database = "app" }
        let mark = fixture.layout.reader("dead", of: old)
        fixture.store.plant(mark, at: Self.now + .seconds(-900))
        #expect(try await plan(fixture).removedBackups.isEmpty)
        try await ReaderMark.sweep(Self.system, in: fixture.store)
        #expect(marks(fixture) == 1)
        fixture.store.plant(mark, at: Self.now + .seconds(-901))
        #expect(try await plan(fixture).removedBackups == [old])
        try await ReaderMark.sweep(Self.system, in: fixture.store)
        #expect(marks(fixture) == 0)
    }

    /// The store's clock tells the time of marks; that of whoever prunes may be hours before or behind it.
    @Test(arguments: [-5, 5])
    func aPrunersClockThatIsHoursOffChangesNothing(_ hours: Int) async throws {
        let fixture = try CatalogueFixture()
        let old = try await fixture.backup(30, .logical) { $0.database = "app" }
        try await fixture.backup(1, .logical) { $0.database = "app" }
        let theirs = Self.now + .seconds(hours * 3_600)
        let mark = fixture.layout.reader("somebody", of: old)
        fixture.store.plant(mark, at: Self.now + .seconds(-60))
        #expect(try await plan(fixture, at: theirs).removedBackups.isEmpty)
        try await ReaderMark.sweep(Self.system, in: fixture.store)
        #expect(marks(fixture) == 1)
        // Killed, and not for ever: by a clock that is behind, its mark is of a time to come.
        fixture.store.plant(mark, at: Self.now + .seconds(-1_000))
        let plan = try await plan(fixture, at: theirs)
        #expect(plan.removedBackups == [old])
        #expect(try await execute(plan, fixture).backups == [old])
    }

    /// Also the machine's own clock is not asked, which is years off these times.
    @Test func aStoreThatCanOnlyBeReadTellsNoTimeAndAllMarksCount() async throws {
        let fixture = try CatalogueFixture()
        let id = try await fixture.backup(1, .logical) { $0.database = "app" }
        fixture.store.plant(fixture.layout.reader("somebody", of: id), at: Self.now)
        fixture.store.follow(
            ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
                guard operation.isChange else { return }
                throw ObjectStoreError(.denied, "read-only", key: nil, place: "memory://test")
            })
        )
        let listing = try await Catalogue(fixture.store, keys: fixture.keys).listing(of: Self.system)
        #expect(listing.backups.map(\.isRead) == [true])
    }

    @Test func aStoreThatCanOnlyBeReadIsNoObstacle() async throws {
        let fixture = try CatalogueFixture()
        let id = try await fixture.backup(1, .logical) { $0.database = "app" }
        fixture.store.follow(
            ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
                guard operation.isChange else { return }
                throw ObjectStoreError(.denied, "read-only", key: nil, place: "memory://test")
            })
        )
        var trouble: RecoveryError?
        let value = try await ReaderMark.hold(
            id,
            of: Self.system,
            in: fixture.store,
            as: Self.reader,
            onTrouble: { trouble = $0 },
            { () throws(RecoveryError) in 42 }
        )
        #expect(value == 42)
        #expect(trouble?.code == .store)
    }

    @Test func whatIsGoneIsNotRead() async throws {
        let fixture = try CatalogueFixture()
        let id = try await fixture.backup(1, .logical) { $0.database = "app" }
        fixture.store.lose(fixture.layout.path(of: id).entry)
        let error = await failure {
            try await ReaderMark.hold(id, of: Self.system, in: fixture.store, as: Self.reader) {
                () throws(RecoveryError) in
                throw RecoveryError(.internal, "it was read")
            }
        }
        #expect(error?.code == .notFound)
        #expect(marks(fixture) == 0)
    }
}
