// SPDX-License-Identifier: Apache-2.0
// Martlet: `martlet-backup restore` where something stands in its way.

import Glibc
import TestSupport
import Testing

@Suite(
    "Restores that need a word from the operator",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct RestoreProgramTests {
    @Test func aServerWithoutTheRolesGetsThem() async throws {
        try await BackupScene.with { scene, server in
            let database = ["DATABASE_URL": server.url]
            try await server.value("CREATE ROLE app LOGIN; CREATE TABLE job AS SELECT generate_series(1, 10) AS id")
            try await server.value("ALTER TABLE job OWNER TO app")
            let backup = try await scene.run("backup", "--method", "logical", with: database)
            #expect(backup.end == .code(0), "\(backup.text)")
            // As in a new server, that knows none of it.
            try await server.value("DROP TABLE job")
            try await server.value("DROP ROLE app")

            let url = "postgres://postgres@127.0.0.1:\(server.port)/restored"
            let refused = try await scene.run("restore", "--to", url)
            #expect(refused.end != .code(0) && refused.text.contains("`--globals`"), "\(refused.text)")
            let cut = try await scene.run("restore", "--to", url, "--globals")
            #expect(cut.end == .code(73) && cut.text.contains("`--fresh`"), "\(cut.text)")
            let restored = try await scene.run("restore", "--to", url, "--globals", "--fresh")
            #expect(restored.end == .code(0) && restored.text.contains("10 rows"), "\(restored.text)")
            #expect(try await server.value("SELECT count(*)::text FROM pg_roles WHERE rolname = 'app'") == "1")
        }
    }

    @Test func theServerFindsItsKeysWhereverItRuns() async throws {
        try await BackupScene.with { scene, server in
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            let folder = "\(scene.path)/restored"
            // The program runs in the root folder.
            let relative = ["MARTLET_BACKUP_KEYS_FILE": "\(scene.path.dropFirst())/keys"]
            let restored = try await scene.run("restore", "--to", folder, with: relative)
            #expect(restored.end == .code(0), "\(restored.text)")
            let settings = BackupScene.text(of: "\(folder)/postgresql.auto.conf")
            #expect(settings.contains("MARTLET_BACKUP_KEYS_FILE=\(scene.path)/keys "), "\(settings)")
        }
    }

    @Test func theLatestIsTheOneThatFitsAndNoUnreadableOneIsPassedOver() async throws {
        try await BackupScene.with { scene, server in
            let database = ["DATABASE_URL": server.url]
            #expect(try await scene.run("backup", with: database).end == .code(0))
            #expect(try await scene.run("backup", "--method", "logical", with: database).end == .code(0))
            let backups = try await scene.backups()
            let physical = try #require(backups.first { $0.contains("-physical-") })
            let logical = try #require(backups.first { $0.contains("-logical-") })
            let restored = try await scene.run("restore", "--backup", "latest", "--to", "\(scene.path)/restored")
            #expect(restored.end == .code(0) && restored.text.contains("restored \(physical)"), "\(restored.text)")
            let both = try await scene.run("verify")
            #expect(both.end == .code(0) && both.text.contains("2 backups verified, 0 damages"), "\(both.text)")

            let entry = try await scene.succeed([
                "/usr/bin/find", "\(scene.path)/store", "-path", "*\(logical)/entry",
            ])
            try scene.write("{", to: String(entry.prefix { !$0.isNewline }))
            let damaged = try await scene.run("verify")
            #expect(damaged.end == .code(65) && damaged.text.contains("\(logical)/entry"), "\(damaged.text)")
            #expect(damaged.text.contains("1 backups verified, 1 damages"), "\(damaged.text)")
        }
    }

    @Test func aMomentBehindTheLogIsSaidBeforehandAndATimelineThatIsNotThereRefused() async throws {
        try await BackupScene.with { scene, server in
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            let before = try await server.value("SELECT clock_timestamp()::text")
            try await server.value("CREATE TABLE job AS SELECT 1 AS id")
            try await server.archived()
            // Stores tell the time of an object to the second.
            let archived = try await server.value("SELECT clock_timestamp()::text")
            var behind = ""
            try await eventually("the next second") {
                behind = try await server.value("SELECT clock_timestamp()::text")
                return try await server.value("SELECT '\(behind)'::timestamptz > '\(archived)'::timestamptz + '1 s'")
                    == "t"
            }
            let word = "later than all log in the store"
            let reached = try await scene.run("restore", "--to", "\(scene.path)/reached", "--at", before)
            #expect(reached.end == .code(0) && !reached.text.contains(word), "\(reached.text)")
            let late = try await scene.run("restore", "--to", "\(scene.path)/late", "--at", behind)
            #expect(late.end == .code(0) && late.text.contains(word) && late.text.contains("newest="), "\(late.text)")
            let future = try await scene.run("restore", "--to", "\(scene.path)/future", "--at", "2999-01-01T00:00:00Z")
            #expect(future.end == .code(0) && future.text.contains(word), "\(future.text)")
            let none = try await scene.run("restore", "--to", "\(scene.path)/none", "--timeline", "9")
            #expect(none.end == .code(64) && none.text.contains("no timeline 9; it has 1"), "\(none.text)")
            #expect(access("\(scene.path)/none", F_OK) != 0)
        }
    }

    @Test func ofTwoRestoresIntoOneFolderOneIsRefused() async throws {
        try await BackupScene.with { scene, server in
            try await server.value("CREATE TABLE job AS SELECT i, md5(i::text) FROM generate_series(1, 50000) AS i")
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            let folder = "\(scene.path)/restored"
            let runs = try await withThrowingTaskGroup(of: BackupScene.Run.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await scene.run("restore", "--to", folder, with: ["MARTLET_BACKUP_RATE": "8MiB"])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let refused = try #require(runs.first { $0.end != .code(0) }, "both succeeded")
            #expect(runs.contains { $0.end == .code(0) }, "\(runs)")
            #expect(refused.end == .code(73) && refused.text.contains("another restore"), "\(refused.text)")
            let left = try await scene.succeed(["/usr/bin/find", folder, "-name", "*martlet*"])
            #expect(left == "")
            let jobs = try await scene.withRestored(folder) { try await $0.value("SELECT count(*)::text FROM job") }
            #expect(jobs == "50000")
        }
    }

    @Test func aTablespaceThatIsInUseIsFoundBeforeAnythingIsWritten() async throws {
        try await BackupScene.with { scene, server in
            let space = "\(scene.path)/space"
            _ = try await scene.succeed(["/bin/mkdir", space])
            try await server.value("CREATE TABLESPACE far LOCATION '\(space)'")
            try await server.value("CREATE TABLE job TABLESPACE far AS SELECT generate_series(1, 1000) AS id")
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            try await server.archived()
            let folder = "\(scene.path)/restored"
            let refused = try await scene.run("restore", "--to", folder)
            #expect(refused.end == .code(73), "\(refused.text)")
            #expect(refused.text.contains("`--tablespace-mapping \(space)=NEW`"), "\(refused.text)")
            for (place, word) in [(folder, "is to hold two things"), ("\(scene.path)/none/far", "there is no folder")] {
                let wrong = try await scene.run("restore", "--to", folder, "--tablespace-mapping", "\(space)=\(place)")
                #expect(wrong.end == .code(64) && wrong.text.contains(word), "\(wrong.text)")
            }
            #expect(access(folder, F_OK) != 0, "something was written")
            let moved = ["--tablespace-mapping", "\(space)=\(scene.path)/other"]
            let restored = try await scene.run(["restore", "--to", folder] + moved)
            #expect(restored.end == .code(0), "\(restored.text)")
            await server.kill()
            let jobs = try await scene.withRestored(folder) { try await $0.value("SELECT count(*)::text FROM job") }
            #expect(jobs == "1000")
        }
    }

    @Test func whatACutRestoreLeftIsRecognised() async throws {
        try await BackupScene.with { scene, server in
            try await server.value("CREATE TABLE job AS SELECT i, md5(i::text) FROM generate_series(1, 200000) AS i")
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            let folder = "\(scene.path)/restored"
            let slow = ["MARTLET_BACKUP_RATE": "1MiB"]
            let log = "\(scene.path)/cut.log"
            let process = try await scene.launch(["restore", "--to", folder], slow, log: log)
            try await eventually("something is restored: \(BackupScene.text(of: log))") {
                access("\(folder)/backup_label", F_OK) == 0
            }
            process.signal(SIGKILL)
            _ = try await process.waitForEnd(within: patience)
            let again = try await scene.run("restore", "--to", folder)
            #expect(again.end == .code(73) && again.text.contains("remove it and restore again"), "\(again.text)")
            _ = try await scene.succeed(["/bin/rm", "-r", folder])
            let restored = try await scene.run("restore", "--to", folder)
            #expect(restored.end == .code(0), "\(restored.text)")
            // A whole cluster is not taken for one.
            let other = try await scene.run("restore", "--to", folder)
            #expect(other.end == .code(73) && other.text.contains("is not empty"), "\(other.text)")
        }
    }
}
