// SPDX-License-Identifier: Apache-2.0
// Martlet: `martlet-backup keys rewrap` as an operator runs it.

import Glibc
import TestSupport
import Testing

@Suite(
    "A new key for old backups",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct KeyProgramTests {
    @Test func whatCantBeClosedAnewIsNamedAndAllElseIsClosed() async throws {
        try await BackupScene.with { scene, server in
            let database = ["DATABASE_URL": server.url]
            for method in ["physical", "logical", "logical"] {
                #expect(try await scene.run("backup", "--method", method, with: database).end == .code(0))
            }
            let names = try await scene.backups()
            let head = try await scene.succeed(["/usr/bin/find", "\(scene.path)/store", "-path", "*\(names[1])/head"])
            try scene.write("{", to: String(head.prefix { !$0.isNewline }))
            let line = "2026-12:" + String(repeating: "A", count: 43) + "=\n"
            try scene.write(line + BackupScene.text(of: "\(scene.path)/keys"), to: "\(scene.path)/both")
            let both = ["MARTLET_BACKUP_KEYS_FILE": "\(scene.path)/both"]
            let run = try await scene.run("keys", "rewrap", with: both)
            #expect(run.end == .code(65) && run.text.contains("2 backups of system"), "\(run.text)")
            #expect(run.text.contains("\(names[1]) is not closed with the new key"), "\(run.text)")
            try scene.write(line, to: "\(scene.path)/only")
            let only = ["MARTLET_BACKUP_KEYS_FILE": "\(scene.path)/only"]
            for name in [names[0], names[2]] {
                let verified = try await scene.run("verify", "--backup", name, with: only)
                #expect(verified.end == .code(0), "\(verified.text)")
            }
        }
    }

    @Test func noBackupRunsMeanwhile() async throws {
        try await BackupScene.with { scene, server in
            try await server.value("CREATE TABLE job AS SELECT i, md5(i::text) FROM generate_series(1, 200000) AS i")
            let slow = [
                "DATABASE_URL": server.url, "MARTLET_BACKUP_RATE": "1MiB", "MARTLET_BACKUP_VOLUME_SIZE": "1MiB",
            ]
            let process = try await scene.launch(["backup"], slow, log: "\(scene.path)/slow.log")
            try await eventually("a volume is stored") {
                try await scene.succeed(["/usr/bin/find", "\(scene.path)/store", "-name", "volume-00000*.index"])
                    .contains("volume")
            }
            let refused = try await scene.run("keys", "rewrap")
            #expect(refused.end == .code(75) && refused.text.contains("another run is under way"), "\(refused.text)")
            process.signal(SIGKILL)
            _ = try await process.waitForEnd(within: patience)
        }
    }
}
