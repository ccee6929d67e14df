// SPDX-License-Identifier: Apache-2.0
// Martlet: `martlet-backup drill` with a real ledger: good drills, and each kind of bad one.

import Glibc
import TestSupport
import Testing

@Suite(
    "Drills as an operator runs them",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct DrillProgramTests {
    @Test func aGoodDrillIsShownRecordedAndMeasured() async throws {
        try await DrillScene.with { drills in
            let none = try await drills.drill()
            #expect(none.end == .code(66), "\(none.text)")

            let backup = try await drills.backUp()
            try await drills.ledger.add(100)
            try await drills.server.archived()
            let page = "\(drills.scene.path)/drill.prom"
            let more = ["MARTLET_BACKUP_METRICS_FILE": page, "MARTLET_BACKUP_SCHEDULE_DRILL": "0 4 * * 0"]
            let good = try await drills.drill(with: more)
            #expect(good.end == .code(0), "\(good.text)")
            for words in ["drill of \(backup) passed", "RTO: ", "RPO: ", "segments of the log were replayed"] {
                #expect(good.text.contains(words), "\(words) in\n\(good.text)")
            }
            for phase in ["restore", "replay", "amcheck", "invariants", "witness"] {
                #expect(good.text.contains("\n\(phase)"), "\(phase) in\n\(good.text)")
            }
            #expect(drills.leftover == nil)
            let listed = try await drills.scene.run("list", "--output", "json")
            #expect(listed.text.contains(#""kind":"drill","outcome":"passed""#) || listed.text.contains(#""drill""#))
            let metrics = BackupScene.text(of: page)
            for line in [
                #"last_run_succeeded{kind="drill","#, #"last_success_timestamp_seconds{kind="drill","#,
                #"interval_seconds{kind="drill","#, "rto_seconds{", "rpo_seconds{", "rto_objective_seconds{",
                "rpo_objective_seconds{",
            ] { #expect(metrics.contains("martlet_backup_" + line), "\(line) in\n\(metrics)") }

            let json = try await drills.drill("--output", "json", "--backup", backup)
            #expect(json.end == .code(0) && json.text.contains(#""passed":true"#), "\(json.text)")
        }
    }

    @Test func aLogicalBackupIsDrilledToo() async throws {
        try await DrillScene.with { drills in
            let backup = try await drills.backUp("--method", "logical")
            // There is none of the usual method.
            let good = try await drills.drill()
            #expect(good.end == .code(0) && good.text.contains("drill of \(backup) passed"), "\(good.text)")
            #expect(drills.leftover == nil)
        }
    }

    @Test func aResumedBackupHasItsWitness() async throws {
        try await DrillScene.with { drills in
            let log = "\(drills.scene.path)/slow.log"
            let slow = ["MARTLET_BACKUP_RATE": "2MiB", "MARTLET_BACKUP_VOLUME_SIZE": "1MiB"]
            let process = try await drills.scene.launch(["backup"], drills.database.merging(slow) { $1 }, log: log)
            try await eventually("some volumes are stored: \(BackupScene.text(of: log))") {
                try await drills.scene.succeed(["/usr/bin/find", "\(drills.scene.path)/store", "-name", "*.index"])
                    .contains("2.index")
            }
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(143), "\(BackupScene.text(of: log))")
            _ = try await drills.backUp("--resume", with: ["MARTLET_BACKUP_VOLUME_SIZE": "1MiB"])
            try await drills.server.archived()
            let good = try await drills.drill()
            #expect(good.end == .code(0) && good.text.contains("\nwitness"), "\(good.text)")
        }
    }

    @Test func missingLogBehindABackupFailsTheDrillAndNotTheBackup() async throws {
        try await DrillScene.with { drills in
            let backup = try await drills.backUp()
            try await drills.ledger.add(10)
            try await drills.server.archived()
            let lost = try await drills.server.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
            try await drills.ledger.add(10)
            try await drills.server.archived()
            _ = try await drills.scene.succeed([
                "/usr/bin/find", "\(drills.scene.path)/store", "-name", lost, "-delete",
            ])
            try await drills.ledger.add(10)
            try await drills.server.archived()
            let bad = try await drills.drill()
            #expect(bad.end == .code(71) && bad.text.contains("missing-segments"), "\(lost): \(bad.text)")
            // It is still the one that a restore takes, and no drill passes it over.
            let folder = "\(drills.scene.path)/again"
            let restored = try await drills.scene.run("restore", "--to", folder, "--immediate")
            #expect(restored.end == .code(0) && restored.text.contains("restored \(backup)"), "\(restored.text)")
            #expect(!restored.text.contains("damage"), "\(restored.text)")

            // The gap is named before anything is restored, and what lies before it can be had.
            let place = "\(drills.scene.path)/end"
            let position = try await drills.server.value("SELECT pg_current_wal_lsn()::text")
            let behind = try await drills.scene.run("restore", "--to", place, "--lsn", position)
            #expect(behind.end == .code(72) && behind.text.contains(lost), "\(behind.text)")
            let warned = try await drills.scene.run("restore", "--to", "\(drills.scene.path)/stops")
            #expect(warned.end == .code(0) && warned.text.contains("log is missing"), "\(warned.text)")
            let before = try await drills.scene.run("restore", "--to", place, "--end-at-gap")
            #expect(before.end == .code(0) && !before.text.contains("log is missing"), "\(before.text)")
            let found = try await drills.scene.withRestored(place) {
                try await $0.value("SELECT pg_walfile_name(pg_current_wal_lsn())")
            }
            #expect(found.hasPrefix("00000002"))
        }
    }

    @Test func aDamagedBackupIsRestoredWhereThereIsNoOther() async throws {
        try await DrillScene.with { drills in
            let backup = try await drills.backUp()
            let found = try await drills.scene.succeed([
                "/usr/bin/find", "\(drills.scene.path)/store", "-name", "volume-000001",
            ])
            let volume = String(found.prefix { !$0.isNewline })
            try BackupScene.flip(volume)
            #expect(try await drills.scene.run("verify").end == .code(65))
            // Mended since, and not looked at again.
            try BackupScene.flip(volume)
            let restored = try await drills.scene.run("restore", "--to", "\(drills.scene.path)/again")
            #expect(restored.end == .code(0) && restored.text.contains("restored \(backup)"), "\(restored.text)")
            #expect(restored.text.contains("a check found damaged"), "\(restored.text)")
        }
    }

    @Test func aMissedObjectiveFailsTheDrillAndNotTheBackup() async throws {
        try await DrillScene.with { drills in
            _ = try await drills.backUp()
            try await drills.server.archived()
            try await drills.ledger.add(10)
            try await Task.sleep(for: .seconds(1.2))
            try await drills.ledger.add(10)
            let page = "\(drills.scene.path)/drill.prom"
            // A fast machine recovers this little in less than the shortest objective: the rate holds it back.
            let late = try await drills.drill(with: [
                "MARTLET_BACKUP_RTO": "1s", "MARTLET_BACKUP_RPO": "1s", "MARTLET_BACKUP_METRICS_FILE": page,
                "MARTLET_BACKUP_RATE": "1MiB",
            ])
            #expect(late.end == .code(71), "\(late.text)")
            #expect(late.text.contains("WRONG: objective recovery-time"), "\(late.text)")
            #expect(late.text.contains("WRONG: objective recovery-point"), "\(late.text)")
            // The alert of failed drills is not the one of slow drills.
            let metrics = BackupScene.text(of: page).split(separator: "\n")
            let line = metrics.first { $0.hasPrefix(#"martlet_backup_last_run_succeeded{kind="drill""#) }
            #expect(line?.hasSuffix(" 1.0") == true, "\(String(describing: line))")
            #expect(try await drills.scene.run("list").text.contains("complete"))
        }
    }

    @Test func missingLogAndDamageAreNamed() async throws {
        try await DrillScene.with { drills in
            let backup = try await drills.backUp()
            try await drills.ledger.add(10)
            let segment = try await drills.server.value("SELECT pg_walfile_name(pg_current_wal_lsn())")
            try await drills.server.archived()
            try await drills.ledger.add(10)
            try await drills.server.archived()
            let object = try await drills.object(segment)
            #expect(rename(object, "\(drills.scene.path)/away") == 0)
            let short = try await drills.drill()
            #expect(short.end == .code(71) && short.text.contains(segment), "\(short.text)")
            #expect(rename("\(drills.scene.path)/away", object) == 0)
            // The last drill found it damaged; it is the only one, and may be whole again by now.
            let again = try await drills.drill()
            #expect(again.end == .code(0), "\(again.text)")

            let volume = try await drills.object("volume-000001")
            try BackupScene.flip(volume)
            let damaged = try await drills.drill()
            #expect(damaged.end == .code(71), "\(damaged.text)")
            #expect(damaged.text.contains("\(backup)/volume-000001"), "\(damaged.text)")
            #expect(drills.leftover == nil)
            // The next backup is drilled, and a damaged one passed over.
            let newer = try await drills.backUp()
            try await drills.server.archived()
            let good = try await drills.drill()
            #expect(good.end == .code(0) && good.text.contains("drill of \(newer) passed"), "\(good.text)")
        }
    }

    @Test func aKeptClusterCanBeOpened() async throws {
        try await DrillScene.with { drills in
            _ = try await drills.backUp()
            try await drills.server.archived()
            let kept = try await drills.drill("--keep")
            #expect(kept.end == .code(0) && kept.text.contains("The restored cluster is in"), "\(kept.text)")
            let folder = try #require(drills.names.first)
            #expect(try await drills.drill().end == .code(0))
            #expect(drills.names == [folder])
            // As the result says it.
            let lines = kept.text.split(separator: "\n").filter { $0.hasPrefix("  ") }
            #expect(lines.count == 3)
            let script = lines.enumerated().map { number, line in
                switch number {
                case 0: "\(line) > \(drills.scene.path)/kept.log 2>&1"
                case 1: "\(line) -d martlet -Atc 'SELECT count(*) FROM job'"
                default: "\(line)"
                }
            }
            try drills.scene.write(
                "set -e\nexport PATH=\(RecoveryServer.programs):$PATH\n" + script.joined(separator: "\n") + "\n",
                to: "\(drills.scene.path)/kept.sh"
            )
            let said = try await drills.scene.succeed(["/bin/sh", "\(drills.scene.path)/kept.sh"])
            #expect(said.split(separator: "\n").contains("200"), "\(said)")
        }
    }
}
