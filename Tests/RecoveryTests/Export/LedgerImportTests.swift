// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of imports into real ledgers.

import Platform
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite("Imports into ledgers", .enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct LedgerImportTests {
    private func counts(_ plans: [SectionPlan]) -> [ExportSection: [SectionPlan.Change: Int]] {
        Dictionary(
            plans.map { ($0.section, Dictionary($0.lines.map { ($0.change, 1) }, uniquingKeysWith: +)) }
        ) { first, _ in first }
    }

    @Test func anEmptyLedgerBecomesTheSameAndASecondImportChangesNothing() async throws {
        try await ExportFixture.withLedger("source") { source in
            try await LogicalScene.run(ExportFixture.configured, in: source)
            let fixture = try ExportFixture()
            let bytes = try fixture.export(try await ExportFixture.read(source))
            let contents = try fixture.open(bytes)
            #expect(contents.queues?.map(\.name) == ["Größe \"1\"", "default", "mail"])
            #expect(contents.maintenance?.map(\.title).sorted() == ["disk", "nightly"])
            #expect(contents.subscribers?.count == 2)
            try await ExportFixture.withLedger("target") { target in
                let trial = try await ExportFixture.take(contents, into: target, applies: false)
                #expect(
                    counts(trial) == [.queues: [.added: 2], .maintenance: [.added: 2], .subscribers: [.added: 2]]
                )
                #expect(try await ExportFixture.read(target).subscribers == [])
                let applied = try await ExportFixture.take(contents, into: target)
                #expect(applied == trial)
                #expect(try await ExportFixture.read(target) == contents)
                let again = try await ExportFixture.take(contents, into: target, prunes: true)
                #expect(again.allSatisfy { $0.lines.isEmpty && $0.unchanged > 0 }, "\(again)")
                // Titles say enough to find somebody, and too little to write to.
                let titles = trial.flatMap(\.lines).map(\.title)
                #expect(titles.contains("email A…@Example.org") && titles.contains("webhook at h.example"))
                // What the aggregator reads is what it would have written.
                let same = """
                    SELECT count(*) FROM health_subscriber s WHERE token IN (sha256('1'), sha256('2')) AND failures = 0
                        AND (host IS NULL) = (kind = 'email') AND (groups <> '{}') = (kind = 'email')
                    """
                #expect(try await LogicalScene.text(same, in: target) == "2")
            }
        }
    }

    @Test func whatDiffersBecomesAsExportedAndTheRestGoesOnlyWhenThatIsSaid() async throws {
        try await ExportFixture.withLedger("changed") { database in
            try await LogicalScene.run(ExportFixture.configured, in: database)
            let contents = try await ExportFixture.read(database)
            try await LogicalScene.run(
                """
                INSERT INTO queue (name) VALUES ('later');
                UPDATE health_maintenance SET created_by = 'eve' WHERE created_by = 'ann';
                DELETE FROM health_maintenance WHERE document LIKE '%nightly%';
                INSERT INTO health_maintenance (document) VALUES ('{"title":"new","checks":[],"groups":[],"cron":"0 0 * * *","seconds":60}');
                UPDATE health_subscriber SET token = sha256('x'), failures = 2, checks = '{all}' WHERE kind = 'webhook';
                INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token)
                    VALUES ('email', 'new@example.org', 'new@example.org', '{}', '{}', sha256('9'));
                """,
                in: database
            )
            let plans = try await ExportFixture.take(contents, into: database)
            #expect(
                counts(plans) == [
                    .queues: [.onlyHere: 1], .maintenance: [.added: 1, .changed: 1, .onlyHere: 1],
                    .subscribers: [.changed: 1, .onlyHere: 1],
                ]
            )
            let kept = try await ExportFixture.read(database)
            #expect(kept.queues?.count == 4 && kept.maintenance?.count == 3 && kept.subscribers?.count == 3)
            let pruned = try await ExportFixture.take(contents, into: database, prunes: true)
            #expect(
                counts(pruned) == [
                    .queues: [.onlyHere: 1], .maintenance: [.removed: 1], .subscribers: [.removed: 1],
                ]
            )
            let after = try await ExportFixture.read(database)
            #expect(after.maintenance == contents.maintenance && after.subscribers == contents.subscribers)
            // Programs remember the numbers of queues.
            #expect(after.queues?.count == 4)
            // What is over is history, and failures of deliveries are no configuration.
            #expect(try await LogicalScene.text("SELECT count(*) FROM health_maintenance", in: database) == "3")
            let failures = "SELECT failures FROM health_subscriber WHERE kind = 'webhook'"
            #expect(try await LogicalScene.text(failures, in: database) == "2")
        }
    }

    @Test func someSectionsAlone() async throws {
        try await ExportFixture.withLedger("some") { database in
            var contents = try ExportFixture.contents
            contents.subscribers = nil
            contents.maintenance = nil
            let plans = try await ExportFixture.take(contents, into: database, prunes: true)
            #expect(plans.map(\.section) == [.queues])
            #expect(try await ExportFixture.read(database).queues?.map(\.name) == ["default", "mail"])
        }
    }

    @Test func anotherMigrationAndNoLedgerAtAllAreRefused() async throws {
        try await ExportFixture.withLedger("level") { (database) async throws in
            let error = await #expect(throws: RecoveryError.self) {
                try await ExportFixture.take(try ExportFixture.contents, into: database, migration: 8)
            }
            #expect(error?.code == .request)
            #expect(error?.message.hasPrefix("the export is of a ledger at migration 8, and this one is at 7") == true)
            #expect(try await ExportFixture.read(database).subscribers == [])
        }
        try await TestDatabase.with("none") { database in
            let isThere = try await LedgerExport.isThere(in: try database.configuration)
            #expect(!isThere)
            let error = await #expect(throws: RecoveryError.self) { try await ExportFixture.read(database) }
            #expect(error?.code == .request && error?.message.contains("has no ledger") == true)
        }
    }

    @Test func ofTwoImportsAtOnceOneIsToldToComeAgain() async throws {
        try await ExportFixture.withLedger("two") { database in
            let contents = try ExportFixture.contents
            let loop = EventLoop(name: "blocker")
            defer { loop.shutdown() }
            let blocker = try await PostgresSession.connect(try database.configuration, on: loop)
            try await blocker.simpleQuery("BEGIN; LOCK TABLE health_subscriber IN ACCESS EXCLUSIVE MODE")
            let first = Task { try await ExportFixture.take(contents, into: database) }
            try await database.untilSomebodyWaits()
            let error = await #expect(throws: RecoveryError.self) {
                try await ExportFixture.take(contents, into: database)
            }
            #expect(error?.code == .locked, "\(String(describing: error))")
            // A trial reads only, and is in nobody's way.
            var queues = ExportContents()
            queues.queues = contents.queues
            let trial = try await ExportFixture.take(queues, into: database, applies: false)
            #expect(trial.first?.count == 1)
            try await blocker.simpleQuery("COMMIT")
            #expect(try await first.value.reduce(0) { $0 + $1.count } == 4)
            await blocker.close()
        }
    }

    @Test func whatIsCutOrFailsLeavesNothing() async throws {
        try await ExportFixture.withLedger("cut") { database in
            let contents = try ExportFixture.contents
            // A token that somebody else has already: the last statement fails.
            try await LogicalScene.run(
                """
                INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token)
                VALUES ('email', 'z@example.org', 'z@example.org', '{}', '{}', decode('01ff', 'hex'))
                """,
                in: database
            )
            let failed = await #expect(throws: RecoveryError.self) {
                try await ExportFixture.take(contents, into: database)
            }
            #expect(failed?.code == .database && failed?.message.contains("'subscribers' can't be changed") == true)
            #expect(try await ExportFixture.read(database).queues?.count == 1)
            try await LogicalScene.run("DELETE FROM health_subscriber", in: database)
            // Cancelled in the middle.
            let loop = EventLoop(name: "blocker")
            defer { loop.shutdown() }
            let blocker = try await PostgresSession.connect(try database.configuration, on: loop)
            try await blocker.simpleQuery("BEGIN; LOCK TABLE health_subscriber IN ACCESS EXCLUSIVE MODE")
            let cut = Task { try await ExportFixture.take(contents, into: database) }
            try await database.untilSomebodyWaits()
            cut.cancel()
            _ = await cut.result
            try await blocker.simpleQuery("COMMIT")
            let after = try await ExportFixture.read(database)
            #expect(after.queues?.count == 1 && after.maintenance == [] && after.subscribers == [])
            await blocker.close()
        }
    }
}
