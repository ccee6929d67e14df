// SPDX-License-Identifier: Apache-2.0
// Martlet: the ledger's copy of the catalogue: whole, idempotent, and nobody's hindrance.

import Jobs
import Logging
import ObjectStore
import Platform
import Postgres
import Testing
import TestSupport

@testable import Recovery

@Suite("The ledger's copy of the catalogue", .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct BackupMirrorTests {
    private static let system = CatalogueFixture.system
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func with(_ name: String, _ body: @escaping @Sendable (Ledger, BackupMirror) async throws -> Void)
        async throws
    {
        try await TestDatabase.with(name) { database in
            let loop = EventLoop(name: name)
            defer { loop.shutdown() }
            let pool = try await database.pool(
                name,
                migrations: LedgerMigrations.all,
                serverSettings: [],
                on: loop,
                logger: Self.logger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                let ledger = Ledger(pool: pool)
                try await body(ledger, BackupMirror(ledger, deadline: patience, logger: Self.logger))
                group.cancelAll()
            }
        }
    }

    @Test func theWholeCatalogueIsCopiedAndFollowed() async throws {
        try await with("mirror") { ledger, mirror in
            let fixture = try CatalogueFixture()
            let old = try await fixture.backup(30)
            let new = try await fixture.backup(2, .logical) { facts in
                (facts.database, facts.label, facts.host) = ("app", "nul \u{0} and \"quotes\"", "db1")
                (facts.timeline, facts.startLSN) = (1, LSN("16/B374D848"))
            }
            try await fixture.check(.drill, old, 10, .passed)
            let begun = BackupID(began: CatalogueFixture.now, method: .physical, random: 1)
            fixture.store.plant(fixture.layout.path(of: begun).head, at: CatalogueFixture.now)
            let catalogue = Catalogue(fixture.store, keys: fixture.keys)
            for _ in 0..<2 { #expect(await mirror.resync(try catalogue.listing(of: Self.system))) }
            let page = try await ledger.backups(BackupFilter(), limit: 10)
            #expect(page.items.map(\.backup.id) == [begun, new, old].map(\.description))
            #expect(page.items.map(\.state) == [.unfinished, .complete, .verified])
            #expect(page.items[1].backup.details.contains(#""start_lsn":"16/B374D848""#))
            #expect(page.items[1].backup.database == "app")
            let summary = try #require(try await ledger.backupSummaries().first)
            #expect(summary.lastMeasured?.recoveryTime == .milliseconds(312_800))
            #expect(summary.lastBackups.count == 2)

            // What retention removed goes; a drill's figures stay.
            for info in fixture.store.infos where info.key.description.contains("backups/\(old)/") {
                fixture.store.lose(info.key)
            }
            #expect(await mirror.resync(try catalogue.listing(of: Self.system)))
            #expect(
                try await ledger.backups(BackupFilter(), limit: 10).items.map(\.backup.id)
                    == [begun, new].map(\.description)
            )
            #expect(try await ledger.backupSummaries().first?.lastDrill?.backup == "\(old)")
        }
    }

    @Test func singleNewsAreCopiedOnce() async throws {
        try await with("news") { ledger, mirror in
            let fixture = try CatalogueFixture()
            let id = try await fixture.backup(30)
            let entry = try await CatalogueEntry.load(id, of: Self.system, in: fixture.store, keys: fixture.keys).entry
            let result = CheckResult(
                .verify,
                of: id,
                system: Self.system,
                began: .now(),
                ended: .now(),
                outcome: .damaged,
                findings: ["volume-000003 is \u{0}damaged"]
            )
            for _ in 0..<2 {
                #expect(await mirror.note(entry))
                #expect(await mirror.note(result))
            }
            let page = try await ledger.backups(BackupFilter(state: .damaged), limit: 10)
            #expect(page.items.map(\.backup.id) == ["\(id)"])
            #expect(try await ledger.backupSummaries().first?.lastVerification?.finding == "volume-000003 is damaged")
            for lag in [1, 2] {
                let receiver = LogReceiverRecord(
                    system: "\(Self.system)",
                    host: "db1",
                    timeline: .max,
                    position: "16/B374D848",
                    lagBytes: 10,
                    lag: .seconds(lag),
                    gaps: 0
                )
                #expect(await mirror.note(receiver))
            }
            let receiver = try #require(try await ledger.backupSummaries(of: "\(Self.system)").first?.receiver)
            #expect(receiver.lag == .seconds(2))
            #expect(receiver.timeline == .max)
            #expect(receiver.seen > Timestamp.now() + .seconds(-600))
        }
    }

    @Test func aLedgerThatIsAwayFailsNothing() async throws {
        let loop = EventLoop(name: "away")
        defer { loop.shutdown() }
        var settings = PostgresPoolConfiguration(
            try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none"),
            name: "away"
        )
        settings.acquireTimeout = .milliseconds(200)
        let pool = PostgresPool(settings, loops: [loop], logger: Self.logger)
        let mirror = BackupMirror(Ledger(pool: pool), deadline: .milliseconds(500), logger: Self.logger)
        let fixture = try CatalogueFixture()
        try await fixture.backup(1)
        let listing = try await Catalogue(fixture.store, keys: fixture.keys).listing(of: Self.system)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            #expect(await mirror.resync(listing) == false)
            group.cancelAll()
        }
    }
}
