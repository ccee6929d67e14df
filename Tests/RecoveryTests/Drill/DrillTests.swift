// SPDX-License-Identifier: Apache-2.0
// Martlet: drills of a real ledger, good ones and each kind of sabotage.

import Glibc
import Jobs
import Logging
import ObjectStore
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Drills",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: RecoveryServer.obstacle == nil, "no private server: \(RecoveryServer.obstacle ?? "")")
)
struct DrillTests {
    @Test("A backup under load, with all of its log, passes with sensible figures and leaves nothing")
    func passes() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.withLedger { sample in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while !Task.isCancelled {
                            try await sample.enqueue(20, priority: 5)
                            try await sample.run(20, priority: 5)
                        }
                    }
                    let entry = try await scene.backUp()
                    group.cancelAll()
                    try? await group.waitForAll()
                    return entry
                }
            }
            try await scene.withLedger { sample in try await sample.enqueue(3, priority: 6) }
            let last = try await scene.server.value("SELECT pg_current_wal_flush_lsn()")
            try await scene.push(entry.system)
            var drill = scene.drill(entry.system)
            drill.primary = try scene.configuration
            #expect(try await drill.newest() == entry)
            #expect(try await drill.newest(.physical) == entry)
            await #expect(throws: RecoveryError.self) { try await drill.newest(.logical) }

            let report = try await drill.run(entry)
            #expect(report.findings == [])
            #expect(report.isGood)
            #expect(Set(report.phases.keys) == Set(DrillPhase.allCases))
            #expect(report.phases.values.allSatisfy { $0 > .zero && $0 < .seconds(300) })
            let time = try #require(report.recoveryTime)
            #expect(time > .milliseconds(100) && time <= report.ended - report.began + .seconds(1))
            #expect(try #require(report.position) >= (LSN(last) ?? .none))
            #expect(try #require(report.lastCommit) > entry.facts.began)
            #expect(try #require(report.recoveryPoint) < .seconds(300))
            #expect(report.segments > 0)
            #expect(report.restoredBytes > 10_000_000)
            #expect(try #require(report.looks[.invariants]) > 40)
            #expect(try #require(report.looks[.witness]) > 5)
            #expect(try #require(report.looks[.amcheck]) > 100)
            // The beginning of the segment that is under way is all that the archive lacks.
            let exposure = try #require(report.exposure)
            #expect(exposure.bytes < 1 << 20)
            #expect(report.summary.contains("passed"))
            let check = report.check(drill.settings.objectives)
            #expect(check.outcome == .passed && check.isWithinObjectives)
            #expect(check.recoveryTime == time && check.recoveryPoint == exposure.time)
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("Acknowledged work that is not in the archive shows as exposure, and beyond the objective fails the drill")
    func exposure() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            try await scene.withLedger { sample in try await sample.enqueue(50, priority: 6) }
            var drill = scene.drill(entry.system) {
                $0.objectives = DrillObjectives(recoveryTime: .milliseconds(1), recoveryPoint: .zero)
            }
            drill.primary = try scene.configuration
            let report = try await drill.run(entry)
            let exposure = try #require(report.exposure)
            #expect(exposure.bytes > 5_000)
            #expect(exposure.time > .zero)
            #expect(report.findings.map(\.name) == ["recovery-time", "recovery-point"])
            #expect(report.findings.allSatisfy { $0.source == .objective })
            #expect(report.summary.contains("FAILED"))
            let check = report.check(drill.settings.objectives)
            #expect(check.outcome == .passed && !check.isWithinObjectives)
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("A segment that is missing in the middle is named, and is not taken for the end of the log")
    func missingSegment() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            for round in 0..<3 {
                try await scene.withLedger { sample in try await sample.enqueue(20, priority: 6) }
                if round < 2 { try await scene.push(entry.system) { _ in true } }
            }
            let end = try #require(entry.facts.endLSN)
            let lost = WALSegment(timeline: 1, holding: end, size: 1 << 20).next(size: 1 << 20).description
            try await scene.push(entry.system) { $0 == lost }
            let report = try await scene.drill(entry.system).run(entry)
            #expect(report.findings.map(\.name) == ["missing-segments", "missing-log"])
            #expect(report.findings.first?.examples == [lost])
            #expect(report.findings.allSatisfy { $0.message.contains(lost) })
            #expect(report.recoveryTime == nil)
            // The drill failed, and nothing speaks against the backup: it reaches the gap.
            #expect(!report.isGood && report.check(DrillObjectives()).outcome == .failed)

            // Without the segment at which the backup becomes consistent there is no recovery.
            let needed = WALSegment(timeline: 1, holding: end, size: 1 << 20)
            let key = try scene.scene.archive(entry.system).key(.segment(needed))
            try await scene.scene.store.remove([key])
            let second = try await scene.drill(entry.system).run(entry)
            #expect(second.findings.map(\.name) == ["missing-segments", "missing-log"])
            #expect(second.findings.last?.message.contains(needed.description) == true)
            #expect(second.recoveryTime == nil)
            #expect(second.check(DrillObjectives()).outcome == .damaged)
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("A damaged volume, a damaged segment and a wrong key are named with their objects")
    func damage() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            let root = "\(scene.scene.folder.path)/store"
            func flip(_ path: String) throws {
                var bytes = try RecoveryFolder.bytes(of: path)
                bytes[bytes.count / 2] ^= 1
                try RecoveryFolder.write(bytes, to: path)
            }
            let end = try #require(entry.facts.endLSN)
            let segment = WALSegment(timeline: 1, holding: end, size: 1 << 20)
            let log = "\(root)/\(try scene.scene.archive(entry.system).key(.segment(segment)))"
            try flip(log)
            let first = try await scene.drill(entry.system).run(entry)
            #expect(first.findings.map(\.name) == ["damaged"], "\(first.findings)")
            #expect(first.findings.first?.message.contains(segment.description) == true)
            try flip(log)

            let volume = "\(root)/\(entry.system)/backups/\(entry.id)/volume-000001"
            try flip(volume)
            let second = try await scene.drill(entry.system).run(entry)
            #expect(second.findings.map(\.name) == ["damaged"])
            #expect(second.findings.first?.message.contains("volume-000001") == true)
            try flip(volume)

            let line = try #require(RingKey.generate(id: "test"))
            let other = try KeyRing([try #require(RingKey(parsing: line))])
            let third = try await Drill(of: entry.system, in: scene.scene.store, keys: other, settings: scene.settings)
                .run(entry)
            #expect(third.findings.map(\.name) == ["wrong-key"])
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("A row that is lost between restore and look is found by the witness, and one more by a rule")
    func lostRow() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            var drill = scene.drill(entry.system)
            drill.afterRecovery = { server throws(RecoveryError) in
                try await server.withSession(DrillScene.database, statementLimit: .seconds(10)) {
                    session throws(RecoveryError) in
                    do throws(PostgresError) {
                        try await session.simpleQuery(
                            """
                            WITH gone AS (DELETE FROM job_done WHERE id = (SELECT min(id) FROM job_done) RETURNING id)
                            DELETE FROM job WHERE id IN (SELECT id FROM gone)
                            """
                        )
                        try await session.simpleQuery("DELETE FROM job_done WHERE id = (SELECT min(id) FROM job_done)")
                    } catch {
                        throw RecoveryError(error)
                    }
                }
            }
            let report = try await drill.run(entry)
            #expect(report.findings.count == 2, "\(report.findings)")
            #expect(report.findings.first?.name == "job-is-live-or-done")
            #expect(report.findings.last?.source == .witness)
            #expect(report.findings.last?.name.hasPrefix("public.job_20") == true)
            #expect(report.findings.last?.count == 1)
        }
    }

    @Test("A damaged page of an index is found by pg_amcheck and by its checksum")
    func damagedPages() async throws {
        try await DrillScene.with { scene in
            try await scene.server.rows(
                "CREATE TABLE item (id int8 PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 5000)"
            )
            let index = try await scene.server.value("SELECT pg_relation_filepath('item_pkey')")
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            var drill = scene.drill(entry.system)
            // Two items of a leaf page change places.
            drill.afterRestore = { folder throws(RecoveryError) in
                do {
                    let path = "\(folder.data)/\(index)"
                    var bytes = try RecoveryFolder.bytes(of: path)
                    let page = 8_192
                    let first = Array(bytes[(page + 28)..<(page + 32)])
                    let second = Array(bytes[(page + 32)..<(page + 36)])
                    bytes.replaceSubrange((page + 28)..<(page + 32), with: second)
                    bytes.replaceSubrange((page + 32)..<(page + 36), with: first)
                    try RecoveryFolder.write(bytes, to: path)
                } catch {
                    throw RecoveryError(.internal, "\(error)")
                }
            }
            let report = try await drill.run(entry)
            let names = report.findings.map { "\($0.source.rawValue) \($0.name)" }
            #expect(names.contains("amcheck postgres.public.item_pkey"), "\(report.findings)")
            #expect(
                report.findings.contains { $0.source == .checksums && $0.message.contains(index) },
                "\(report.findings)"
            )
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("A logical backup is restored into a new cluster, whose ledger keeps its rules; a changed byte fails it")
    func logical() async throws {
        try await DrillScene.with { scene in
            var options = LogicalOptions()
            options.programs = PostgresPrograms(folder: DrillScene.programs)
            let logger = Logger(label: "drill") { _ in SwiftLogNoOpLogHandler() }
            let entry = try await LogicalBackup(try scene.configuration, options: options, logger: logger).run {
                system throws(RecoveryError) in
                try await BackupWriter.begin(
                    BackupID(began: .now(), method: .logical),
                    of: system,
                    in: scene.scene.store,
                    keys: scene.scene.keys,
                    options: scene.scene.options,
                    pace: BytePace(),
                    progress: BackupProgress()
                )
            }
            let report = try await scene.drill(entry.system).run(entry)
            #expect(report.findings == [], "\(report.findings)")
            #expect(report.recoveryTime != nil && report.recoveryPoint != nil)
            #expect(try #require(report.looks[.restore]) > 10)
            #expect(try #require(report.looks[.invariants]) > 40)
            #expect(report.exposure == nil)
            #expect(scene.expectNothingLeft() == nil)

            let path = "\(scene.scene.folder.path)/store/\(entry.system)/backups/\(entry.id)/volume-000001"
            var bytes = try RecoveryFolder.bytes(of: path)
            bytes[bytes.count / 2] ^= 1
            try RecoveryFolder.write(bytes, to: path)
            let damaged = try await scene.drill(entry.system).run(entry)
            #expect(damaged.findings.map(\.name) == ["damaged"], "\(damaged.findings)")
            #expect(scene.expectNothingLeft() == nil)
        }
    }
}
