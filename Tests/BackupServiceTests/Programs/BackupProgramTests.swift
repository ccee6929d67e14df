// SPDX-License-Identifier: Apache-2.0
// Martlet: the program itself, with a real server and a real store.

import Glibc
import Platform
import Recovery
import TestSupport
import Testing

@Suite(
    "martlet-backup as an operator runs it",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct BackupProgramTests {
    @Test func aDroppedTableComesBack() async throws {
        try await BackupScene.with { scene, server in
            let database = ["DATABASE_URL": server.url]
            try await server.value("CREATE TABLE job AS SELECT generate_series(1, 1000) AS id")
            let backup = try await scene.run("backup", "--label", "before the accident", with: database)
            #expect(backup.end == .code(0), "\(backup.text)")
            #expect(try await scene.backups().count == 1)
            let verified = try await scene.run("verify")
            #expect(
                verified.end == .code(0) && verified.text.contains("1 backups verified, 0 damages"),
                "\(verified.text)"
            )

            try await server.value("INSERT INTO job SELECT generate_series(1001, 1500)")
            let moment = try await server.value("SELECT clock_timestamp()::text")
            try await server.value("DROP TABLE job")
            try await server.archived()

            let folder = "\(scene.path)/restored"
            let restored = try await scene.run("restore", "--to", folder, "--at", moment)
            #expect(restored.end == .code(0), "\(restored.text)")
            let found = try await scene.withRestored(folder) { try await $0.value("SELECT count(*)::text FROM job") }
            #expect(found == "1500")

            // Nothing is overwritten.
            let again = try await scene.run("restore", "--to", folder)
            #expect(again.end == .code(73), "\(again.text)")
        }
    }

    @Test func eachFailureHasItsCodeAndAClearWord() async throws {
        try await BackupScene.with { scene, server in
            let database = ["DATABASE_URL": server.url]
            #expect(try await scene.run("backup", with: database).end == .code(0))
            expect(64, "--at is an option of restore", try await scene.run("backup", "--at", "now"))
            expect(64, "no backup's name", try await scene.run("verify", "--backup", "yesterday"))
            expect(
                64,
                "no backup is old enough",
                try await scene.run("restore", "--to", "/tmp/x", "--at", "2020-01-01T00:00:00Z")
            )
            expect(66, "", try await scene.run("verify", "--backup", "20200101T000000Z-physical-000000"))
            expect(78, "MARTLET_BACKUP_RATE", try await scene.run("list", with: ["MARTLET_BACKUP_RATE": "fast"]))
            expect(
                69,
                "no such folder",
                try await scene.run("list", with: ["MARTLET_BACKUP_STORES": "file:///nowhere/at/all"])
            )
            expect(
                78,
                "three slashes",
                try await scene.run("list", with: ["MARTLET_BACKUP_STORES": "file://nowhere,file:///nowhere"])
            )
            expect(
                76,
                "",
                try await scene.run("backup", with: ["DATABASE_URL": "postgres://postgres@127.0.0.1:1/postgres"])
            )
            let rate = ["MARTLET_BACKUP_RATE_FILE": "/nowhere/at/all"]
            expect(0, "the file of the rate can't be read", try await scene.run("list", with: rate))
            expect(
                67,
                "MARTLET_BACKUP_SYSTEM",
                try await scene.run("backup", with: database.merging(["MARTLET_BACKUP_SYSTEM": "7"]) { $1 })
            )
            let typo = ["MARTLET_BACKUP_SCHEDULE_BACKUP": "daily-ish"]
            let last = try await server.value("SELECT last_archived_wal FROM pg_stat_archiver").prefix(24)
            let path = "\(scene.path)/main/pg_wal/Y"
            expect(
                0,
                "warning: MARTLET_BACKUP_SCHEDULE_BACKUP",
                try await scene.run("wal-fetch", String(last), path, with: typo)
            )
            expect(
                1,
                "the archive has no",
                try await scene.run("wal-fetch", "0000000100000000000000FF", "\(scene.path)/main/pg_wal/X")
            )
            expect(
                192,
                "no file of the write-ahead log",
                try await scene.run("wal-fetch", "nonsense", "\(scene.path)/main/pg_wal/X")
            )
            expect(
                68,
                "MARTLET_BACKUP_PRE_COMMAND failed",
                try await scene.run(
                    "backup",
                    with: database.merging(["MARTLET_BACKUP_PRE_COMMAND": "echo no >&2; exit 3"]) { $1 }
                )
            )

            try scene.write("other:" + String(repeating: "A", count: 43) + "=\n", to: "\(scene.path)/other")
            let wrong = ["MARTLET_BACKUP_KEYS_FILE": "\(scene.path)/other"]
            expect(77, "key 'test'", try await scene.run("restore", "--to", "\(scene.path)/none", with: wrong))
            #expect(try await scene.run("list", with: wrong).end == .code(0), "listing needs no key")
            let segment = try await server.value("SELECT last_archived_wal FROM pg_stat_archiver").prefix(24)
            let fetch = try await scene.run("wal-fetch", String(segment), "\(scene.path)/main/pg_wal/X", with: wrong)
            expect(205, "key 'test'", fetch)

            let volume = try await scene.succeed(["/usr/bin/find", "\(scene.path)/store", "-name", "volume-000001"])
            try BackupScene.flip(String(volume.prefix { !$0.isNewline }))
            expect(65, "volume-000001", try await scene.run("verify"))
            unlink(String(volume.prefix { !$0.isNewline }))
            let verified = try await scene.run("verify")
            expect(65, "1 backups verified, 1 damages", verified)
            expect(65, "it is missing", try await scene.run("restore", "--to", "\(scene.path)/none"))
        }
    }

    @Test func aSignalEndsABackupInOrderAndTheNextGoesOn() async throws {
        try await BackupScene.with { scene, server in
            try await server.value("CREATE TABLE job AS SELECT i, md5(i::text) FROM generate_series(1, 200000) AS i")
            let slow = [
                "DATABASE_URL": server.url, "MARTLET_BACKUP_RATE": "2MiB", "MARTLET_BACKUP_VOLUME_SIZE": "1MiB",
            ]
            let log = "\(scene.path)/slow.log"
            let began = ContinuousClock.now
            let process = try await scene.launch(["backup"], slow, log: log)
            try await eventually("some volumes are stored") {
                try await scene.succeed(["/usr/bin/find", "\(scene.path)/store", "-name", "volume-00000*.index"])
                    .contains("3.index")
            }
            // Another one is refused meanwhile.
            let second = try await scene.run("backup", with: slow)
            #expect(second.end == .code(75) && second.text.contains("another run is under way"), "\(second.text)")
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(143), "\(BackupScene.text(of: log))")
            #expect(try await scene.backups().isEmpty)
            // The lease was given back, and what is stored is recognised.
            let cut = ContinuousClock.now - began
            let resumed = try await scene.run("backup", "--resume", with: ["DATABASE_URL": server.url])
            #expect(resumed.end == .code(0), "\(resumed.text)")
            #expect(try await scene.backups().count == 1)
            // The time of both runs: the second one alone takes no second. When it began, entries say to the second.
            let listed = try await scene.run("list", "--output", "json")
            let seconds = listed.text.split(separator: #""seconds":"#).dropFirst().first?.prefix {
                $0 != "," && $0 != "}"
            }
            #expect(cut > .seconds(2), "the first run was too short for this test")
            #expect(
                try #require(seconds.flatMap { Double($0) }) >= Double(cut.components.seconds) - 1,
                "\(listed.text)"
            )
            #expect(try await scene.run("verify").end == .code(0))
        }
    }

    @Test func checkSaysWhatIsWrong() async throws {
        try await BackupScene.with { scene, server in
            let database = ["DATABASE_URL": server.url]
            let good = try await scene.run("check", with: database)
            #expect(good.end == .code(0) && good.text.contains("written, read, removed"), "\(good.text)")
            let line = try #require(SigningKey.generate(id: "ops"))
            try scene.write(line + "\n", to: "\(scene.path)/signing.key")
            for (mode, isTold) in [(mode_t(0o644), true), (0o600, false)] {
                chmod("\(scene.path)/signing.key", mode)
                let signing = ["MARTLET_BACKUP_SIGNING_KEY_FILE": "\(scene.path)/signing.key"]
                let open = try await scene.run("check", with: database.merging(signing) { $1 })
                #expect(open.text.contains("chmod 600 \(scene.path)/signing.key") == isTold, "\(open.text)")
            }
            try await server.value("CREATE ROLE plain LOGIN")
            let url = server.url.replacing("postgres@", with: "plain@")
            let bad = try await scene.run("check", with: ["DATABASE_URL": url])
            #expect(bad.end == .code(79) && bad.text.contains(#"ALTER ROLE "plain" REPLICATION"#), "\(bad.text)")
        }
    }

    /// PostgreSQL runs its archive_command with a stricter umask than people and services have.
    @Test(arguments: [("700", "600"), ("750", "640")])
    func whatIsMadeInAStoreIsWhoseItsFolderIs(_ folders: String, _ files: String) async throws {
        try await BackupScene.with { scene, server in
            let store = "\(scene.path)/store"
            chmod(store, mode_t(folders, radix: 8) ?? 0)
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            try await server.archived()
            func others(_ kind: String, _ mode: String) async throws -> String {
                try await scene.succeed(["/usr/bin/find", store, "-type", kind, "!", "-perm", mode])
            }
            #expect(try await others("d", folders) == "")
            #expect(try await others("f", files) == "")
        }
    }

    @Test func serveAnswersAndEndsInOrder() async throws {
        try await BackupScene.with { scene, server in
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            let port = try ClusterPort.free()
            let log = "\(scene.path)/serve.log"
            let process = try await scene.launch(
                ["serve"],
                [
                    "DATABASE_URL": server.url, "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1",
                    "MARTLET_BACKUP_RECEIVE": "true",
                ],
                log: log
            )
            try await eventually("it is ready: \(BackupScene.text(of: log))") {
                (try? await ClusterRequest.get("/health/ready").reply(from: port))?.status == 200
            }
            let listed = try await ClusterRequest.get("/v1/backups").reply(from: port)
            #expect(listed.status == 200 && listed.body.contains("-physical-"), "\(listed.body)")
            try await eventually("the log is received") {
                let page = try await ClusterRequest.get("/metrics").reply(from: port).body
                // A second behind the server at most, as far as looks each five seconds can tell.
                let line = page.split(separator: "\n").first { $0.hasPrefix("martlet_backup_wal_lag_seconds{") }
                return line?.split(separator: " ").last.flatMap { Double($0) }.map { $0 <= 6 } ?? false
            }
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
        }
    }
}
