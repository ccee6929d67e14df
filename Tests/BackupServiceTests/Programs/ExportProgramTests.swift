// SPDX-License-Identifier: Apache-2.0
// Martlet: exports and imports by the program itself, with real ledgers.

import Glibc
import Platform
import Postgres
import TestSupport
import Testing

@Suite(
    "Exports and imports as an operator runs them",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct ExportProgramTests {
    @Test func aPruneLeavesTheNewestExports() async throws {
        try await ExportScene.with { export in
            for _ in 0..<3 { #expect(try await export.run("export", on: "configured").end == .code(0)) }
            let rules = ["MARTLET_BACKUP_KEEP_EXPORTS": "1", "MARTLET_BACKUP_KEEP_EXPORTS_AGE": "0"]
            func count() async throws -> Int {
                try await export.scene.succeed(["/usr/bin/find", "\(export.scene.path)/store", "-path", "*/exports/*"])
                    .split(separator: "\n").count
            }
            // By default all of the last months stay.
            #expect(try await export.run("prune", on: "configured").end == .code(0))
            let dry = try await export.run("prune", "--dry-run", on: "configured", with: rules)
            #expect(dry.end == .code(0) && dry.text.contains("Exports: 1 stay, 2 go"), "\(dry.text)")
            #expect(try await count() == 3)
            let pruned = try await export.run("prune", on: "configured", with: rules)
            #expect(pruned.end == .code(0) && pruned.text.contains("2 objects removed"), "\(pruned.text)")
            #expect(try await count() == 1)
            #expect(try await export.run("import", on: "configured").end == .code(0))
        }
    }

    @Test func aLostConfigurationComesBackFromEachPlace() async throws {
        try await ExportScene.with { export in
            let scene = export.scene
            let stored = try await export.run("export", on: "configured")
            #expect(
                stored.end == .code(0) && stored.text.contains("queues 2, maintenance 1, subscribers 50"),
                "\(stored.text)"
            )
            let path = "\(scene.path)/configuration.export"
            let filed = try await export.run(
                "export",
                "--to",
                path,
                "--section",
                "queues",
                "--section",
                "maintenance",
                on: "configured"
            )
            #expect(filed.end == .code(0), "\(filed.text)")
            #expect(BackupScene.text(of: path).contains(#""queues":[{"name":"default"},{"name":"mail"}]"#))
            let again = try await export.run("export", "--to", path, on: "configured")
            #expect(again.end == .code(64) && again.text.contains("nothing is overwritten"), "\(again.text)")
            let shown = try await export.run("export", "--to", "-", on: "configured")
            #expect(shown.end == .code(0) && shown.text.contains(#""format":"martlet-export""#), "\(shown.text)")
            #expect(!shown.text.contains("example.org"))

            let trial = try await export.run("import", on: "fresh")
            #expect(trial.end == .code(0), "\(trial.text)")
            for words in ["signed by ops", "email a…@example.org", "52 to change", "`--apply` does it"] {
                #expect(trial.text.contains(words), "\(words): \(trial.text)")
            }
            #expect(try await export.counts(in: "fresh") == "1 0 0")
            // A file, and somebody who only has the public key.
            let some = try await scene.run(
                ["import", "--from", path, "--apply", "--trust", export.trusted],
                with: ["DATABASE_URL": export.url("fresh")]
            )
            #expect(some.end == .code(0) && some.text.contains("2 changed, 1 were the same"), "\(some.text)")
            #expect(try await export.counts(in: "fresh") == "2 1 0")
            let whole = try await export.run("import", "--apply", on: "fresh")
            #expect(whole.end == .code(0) && whole.text.contains("50 changed"), "\(whole.text)")
            #expect(try await export.counts(in: "fresh") == "2 1 50")
            let second = try await export.run("import", "--apply", "--prune", "--output", "json", on: "fresh")
            #expect(second.end == .code(0) && second.text.contains(#""applied":true"#), "\(second.text)")
            #expect(!second.text.contains(#""change":"added""#) && !second.text.contains(#""change":"removed""#))
        }
    }

    @Test func eachRefusalHasItsCodeAndAClearWord() async throws {
        try await ExportScene.with { export in
            let (scene, path) = (export.scene, "\(export.scene.path)/x.export")
            #expect(try await export.run("export", "--to", path, on: "configured").end == .code(0))
            func expect(
                _ code: Int32,
                _ word: String,
                _ run: BackupScene.Run,
                _ place: SourceLocation = #_sourceLocation
            ) {
                #expect(run.end == .code(code) && run.text.contains(word), "\(run.text)", sourceLocation: place)
            }
            expect(
                78,
                "MARTLET_BACKUP_SIGNING_KEY",
                try await scene.run("export", with: ["DATABASE_URL": export.url("configured")])
            )
            expect(
                78,
                "MARTLET_BACKUP_TRUST",
                try await scene.run("import", with: ["DATABASE_URL": export.url("configured")])
            )
            expect(
                78,
                "MARTLET_BACKUP_SECTIONS",
                try await export.run("import", "--section", "magic", on: "configured")
            )
            expect(66, "there is no", try await export.run("import", on: "configured"))
            expect(66, "can't be read", try await export.run("import", "--from", "/nowhere", on: "configured"))
            expect(64, "has no ledger", try await export.run("import", "--from", path, on: "postgres"))
            expect(
                64,
                "no section 'files'",
                try await export.run("import", "--from", path, "--section", "files", on: "fresh")
            )
            let stranger = [
                "MARTLET_BACKUP_SIGNING_KEY_FILE": "", "MARTLET_BACKUP_TRUST": "other" + export.trusted.dropFirst(3),
            ]
            expect(
                77,
                "'ops' signed it, and trusted: other",
                try await export.run("import", "--from", path, on: "fresh", with: stranger)
            )
            try scene.write("other:" + String(repeating: "A", count: 43) + "=\n", to: "\(scene.path)/other")
            let wrong = ["MARTLET_BACKUP_KEYS_FILE": "\(scene.path)/other"]
            expect(
                77,
                "key 'test'",
                try await export.run("import", "--from", path, "--apply", on: "fresh", with: wrong)
            )
            // What needs no key can be had without.
            expect(
                0,
                "1 to change",
                try await export.run("import", "--from", path, "--section", "queues", on: "fresh", with: wrong)
            )
            try await export.value(
                "INSERT INTO martlet_migration (number, name, checksum) VALUES (9999, 'x', 'x')",
                in: "fresh"
            )
            expect(
                64,
                "at migration 7, and this one is at 9999",
                try await export.run("import", "--from", path, "--apply", on: "fresh")
            )
            try await export.value("DELETE FROM martlet_migration WHERE number = 9999", in: "fresh")
            let text = BackupScene.text(of: path).replacing(#""name":"mail""#, with: #""name":"mall""#)
            try scene.write(text, to: path)
            expect(
                65,
                "the signature does not fit",
                try await export.run("import", "--from", path, "--apply", on: "fresh")
            )
            #expect(try await export.counts(in: "fresh") == "1 0 0")
            let plain = ["MARTLET_BACKUP_ENCRYPTION": "none", "MARTLET_BACKUP_KEYS_FILE": ""]
            expect(64, "there is no key to encrypt it", try await export.run("export", on: "configured", with: plain))
        }
    }

    @Test func killedInTheMiddleItLeavesNothingAndASecondOneComesAgain() async throws {
        try await ExportScene.with { export in
            let scene = export.scene
            #expect(try await export.run("export", on: "configured").end == .code(0))
            let loop = EventLoop(name: "blocker")
            defer { loop.shutdown() }
            let blocker = try await PostgresSession.connect(
                try PostgresConfiguration(url: export.url("fresh")),
                on: loop
            )
            try await blocker.simpleQuery(
                "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE health_subscriber IN SHARE MODE"
            )
            let process = try await scene.launch(
                ["import", "--apply"],
                export.settings("fresh"),
                log: "\(scene.path)/killed.log"
            )
            // Queues and windows are written, subscribers wait.
            try await eventually("the import waits") {
                try await export.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%health_subscriber%'",
                    in: "configured"
                ) == "1"
            }
            let second = try await export.run("import", "--apply", on: "fresh")
            #expect(second.end == .code(75) && second.text.contains("another import is under way"), "\(second.text)")
            await process.kill()
            try await blocker.simpleQuery("COMMIT")
            await blocker.close()
            try await eventually("the server has given it up") {
                try await export.value(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
                    in: "fresh"
                ) == "0"
            }
            #expect(try await export.counts(in: "fresh") == "1 0 0")
            let after = try await export.run("import", "--apply", on: "fresh")
            #expect(after.end == .code(0) && after.text.contains("52 changed"), "\(after.text)")
        }
    }

    @Test func eachBackupIsFollowedByAnExport() async throws {
        try await ExportScene.with { export in
            let backup = try await export.run("backup", on: "configured")
            #expect(backup.end == .code(0), "\(backup.text)")
            let trial = try await export.run("import", on: "configured")
            #expect(trial.end == .code(0) && trial.text.contains("0 to change, "), "\(trial.text)")
            // A database without a ledger has nothing to export, and that is said.
            let other = try await export.run("backup", on: "postgres")
            #expect(other.end == .code(0) && other.text.contains("has no ledger"), "\(other.text)")
            let listed = try await export.scene.run("list", "--output", "json")
            #expect(listed.end == .code(0) && !listed.text.contains("exports/"), "\(listed.text)")
            let file = ["MARTLET_BACKUP_EXPORT_FILES": "/nowhere/health.yaml"]
            let failed = try await export.run("backup", on: "configured", with: file)
            #expect(
                failed.end == .code(64) && failed.text.contains("is made, and the export beside it failed"),
                "\(failed.text)"
            )
        }
    }

    @Test func keysAreMadeAndShown() async throws {
        try await ExportScene.with { export in
            let made = try await export.scene.run("keys", "signing", "2026-11")
            #expect(made.end == .code(0) && made.text.hasPrefix("2026-11:"), "\(made.text)")
            let shown = try await export.run("keys", "public", on: "configured")
            #expect(shown.end == .code(0) && shown.text == export.trusted + "\n", "\(shown.text)")
            let renewed = try await export.scene.run("keys", "renew", with: ["MARTLET_BACKUP_SYSTEM": "7"])
            #expect(renewed.end == .code(64) && renewed.text.contains("without a key service"), "\(renewed.text)")
        }
    }
}
