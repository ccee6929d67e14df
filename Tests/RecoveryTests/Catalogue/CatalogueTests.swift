// SPDX-License-Identifier: Apache-2.0
// Martlet: what is found in a store, with and without keys, between other people's things.

import ObjectStore
import Platform
import Postgres
import Synchronization
import Testing

@testable import Recovery

@Suite("The catalogue of a store")
struct CatalogueTests {
    private static let system = CatalogueFixture.system
    private static let now = CatalogueFixture.now
    private let fixture: CatalogueFixture
    private var layout: StoreLayout { fixture.layout }
    private var keys: KeyRing { fixture.keys }
    private var store: ScriptedStore { fixture.store }

    init() throws { fixture = try CatalogueFixture() }

    @Test func systemsAreFoundBetweenStrangers() async throws {
        for number in [9, 12, 700] {
            for part in 0..<50 {
                store.plant(
                    StoreLayout(SystemID(UInt64(number))).wal(
                        .segment(WALSegment(timeline: 1, upper: 0, lower: UInt32(part)))
                    ),
                    at: Self.now
                )
            }
        }
        for name in ["readme.txt", "12-old/x", "12.tar", "zzz/zzz", "012/x", "7/\(String(repeating: "z", count: 200))"]
        {
            store.plant(try #require(ObjectKey(name)), at: Self.now)
        }
        let asked = Mutex(0)
        store.follow(ScriptedStore.Script(before: { _ in asked.withLock { $0 += 1 } }))
        #expect(try await Catalogue(store, keys: nil).systems() == [7, 9, 12, 700].map { SystemID($0) })
        #expect(asked.withLock { $0 } <= 12)
    }

    @Test func allKindsOfThingsAreNamed() async throws {
        let old = try await fixture.backup(30)
        let new = try await fixture.backup(2, .logical) { ($0.database, $0.label) = ("app", "before\u{1B}[2J release") }
        try await fixture.check(.verify, old, 20, .passed)
        try await fixture.check(.drill, old, 10, .damaged)
        try await fixture.check(.drill, old, 5, .failed)
        store.plant(layout.pin(of: old), at: Self.now)
        let begun = BackupID(began: Self.now, method: .physical, random: 1)
        store.plant(layout.path(of: begun).head, at: Self.now + .seconds(-90))
        let remains = BackupID(began: Self.now, method: .physical, random: 2)
        store.plant(layout.path(of: remains).volume(3), at: Self.now)
        let garbage = BackupID(began: Self.now, method: .physical, random: 3)
        store.plant(layout.path(of: garbage).entry, Array("{}".utf8), at: Self.now)
        for name in ["backups/tmp/x", "checks/notes", "lost+found"] {
            if let key = ObjectKey("\(Self.system)/\(name)") { store.plant(key, at: Self.now) }
        }
        store.plant(try #require(ObjectKey("\(Self.system)/trash/a")), at: Self.now)

        let listing = try await Catalogue(store, keys: keys).listing(of: Self.system)
        #expect(listing.backups.map(\.id) == [old, new, garbage])
        #expect(listing.backups.map(\.health) == [.damaged, .unknown, .unreadable])
        #expect(listing.backups.map(\.isPinned) == [true, false, false])
        #expect(listing.backups[0].entry?.standing == .verified)
        #expect(listing.backups[0].checks.map(\.result.outcome) == [.failed, .damaged, .passed])
        #expect(listing.backups[2].problem?.contains("entry") == true)
        #expect(
            listing.unfinished == [
                UnfinishedBackup(begun, began: Self.now + .seconds(-90)), UnfinishedBackup(remains, began: nil),
            ]
        )
        #expect(listing.strangers.map { $0.description.dropFirst(20) } == ["trash/a", "backups/tmp/x", "checks/notes"])

        let table = listing.table(now: Self.now)
        #expect(table.contains("begun 1m 30s ago"))
        #expect(table.contains("before?[2J release"))
        #expect(table.contains("\(old)"))
        #expect(table.contains("drill failed"))
        let json = String(
            decoding: try CatalogueDocument([(listing, [])], now: Self.now).encoded(),
            as: UTF8.self
        )
        for part in [
            #""format":1"#, #""system":"7312645517896472345""#, #""state":"damaged""#, #""state":"unreadable""#,
            #""age_seconds":90"#, #""seconds":251"#, #""rto_seconds":312.8"#, #""compression":"zstd:3""#,
            #""genuine":true"#,
            #""database":"app""#,
        ] { #expect(json.contains(part), "\(part) in \(json)") }
    }

    @Test func withoutTheRightKeyNothingIsCalledGenuine() async throws {
        let id = try await fixture.backup(2)
        try await fixture.check(.drill, id, 1, .passed)
        let other = try KeyRing(parsing: Secret("k2:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
        for ring in [nil, other] {
            let listing = try await Catalogue(store, keys: ring).listing(of: Self.system)
            #expect(listing.backups.first?.entry?.standing != .verified)
            #expect(listing.backups.first?.checks.first?.standing != .verified)
            #expect(listing.backups.first?.entry?.entry.storedSize == 1_290_000_000)
            #expect(listing.table(now: Self.now).contains("not checked for forgery"))
        }
    }

    @Test func forgeriesAreNoBackups() async throws {
        let id = try await fixture.backup(2)
        try await fixture.check(.drill, id, 1, .passed)
        for info in store.infos where info.key.name == "entry" || info.key.name.hasSuffix("-drill") {
            let text = String(decoding: try await store.get(info.key, limit: 1 << 20), as: UTF8.self)
            let forged = text.replacing("\"outcome\":\"passed\"", with: "\"outcome\":\"failed\"")
                .replacing("5800000000", with: "5800000001")
            #expect(forged != text)
            store.plant(info.key, Array(forged.utf8), at: Self.now)
        }
        let listing = try await Catalogue(store, keys: keys).listing(of: Self.system)
        #expect(listing.backups.first?.health == .unreadable)
        #expect(listing.backups.first?.problem?.contains("seal") == true)
        #expect(listing.backups.first?.checks.isEmpty == true)
        let plan = RetentionPlan(
            try await Catalogue(store, keys: keys).contents(of: Self.system),
            policy: RetentionPolicy(),
            now: Self.now
        )
        #expect(plan.backups.first?.reasons == [.unreadable])
    }

    @Test func aStoreThatIsAwayIsAFailure() async throws {
        try await fixture.backup(2)
        for limit in 0..<8 {
            let left = Mutex(limit)
            store.follow(
                ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
                    let isOver = left.withLock { left in
                        left -= 1
                        return left < 0
                    }
                    if isOver { throw ObjectStoreError(.unavailable, "away", place: "memory://test") }
                })
            )
            let error = await failure { try await Catalogue(store, keys: keys).contents(of: Self.system) }
            #expect(error?.code == .store, "after \(limit) calls")
        }
    }

    @Test func backupsArePinnedAndLetGo() async throws {
        let id = try await fixture.backup(2)
        let catalogue = Catalogue(store, keys: keys)
        for _ in 0..<2 { try await catalogue.pin(id, of: Self.system, because: "the audit of 2026") }
        #expect(try await catalogue.contents(of: Self.system).backups.map(\.isPinned) == [true])
        try await catalogue.unpin(id, of: Self.system)
        #expect(try await catalogue.contents(of: Self.system).backups.map(\.isPinned) == [false])

        // Retention removes it just while it is pinned.
        let (store, layout) = (store, layout)
        store.follow(
            ScriptedStore.Script(before: { operation in
                if case .put = operation { store.lose(layout.path(of: id).entry) }
            })
        )
        let error = await failure { try await catalogue.pin(id, of: Self.system, because: "too late") }
        #expect(error?.code == .notFound)
        #expect(!store.keys.contains(layout.pin(of: id)))
    }

    @Test func retentionSeesWhatTheEntriesSay() async throws {
        let id = try await fixture.backup(2) { facts in
            (facts.timeline, facts.startLSN, facts.endLSN) = (2, LSN("0/4000028"), LSN("0/6000000"))
            facts.segmentSize = 16 << 20
        }
        let key = layout.wal(.history(2))
        let text = Array("1\t0/5000000\tno recovery target specified\n".utf8)
        store.plant(
            key,
            try SealedObject.seal(text, name: key, keys: keys, options: VaultOptions()),
            at: Self.now
        )
        let contents = try await Catalogue(store, keys: keys).contents(of: Self.system)
        let backup = try #require(contents.backups.first)
        #expect(backup.id == id)
        #expect((backup.timeline, backup.startTimeline) == (2, 1))
        #expect((backup.start, backup.end) == (0x400_0028, 0x600_0000))
        #expect(contents.log.first?.history?.ancestors == [TimelineHistory.Branch(timeline: 1, end: LSN(0x500_0000))])
        // Without the key nobody knows on which timeline it began: retention then keeps more.
        #expect(try await Catalogue(store, keys: nil).contents(of: Self.system).backups.first?.startTimeline == nil)
    }
}
