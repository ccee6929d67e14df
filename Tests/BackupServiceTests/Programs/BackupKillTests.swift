// SPDX-License-Identifier: Apache-2.0
// Martlet: kill -9 of a backup at random instants leaves a store from which every listed backup restores.

import Glibc
import TestSupport
import Testing

@Suite(
    "Killed backups",
    .timeLimit(.minutes(30)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct BackupKillTests {
    private static let isDeep = getenv("MARTLET_TEST_DEEP").map { String(cString: $0) == "1" } ?? false

    @Test func everyListedBackupRestores() async throws {
        let rounds = Self.isDeep ? 50 : 4
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the kills: \(seed)")
        var dice = SeededGenerator(seed: seed)
        try await BackupScene.with { scene, server in
            try await server.value("CREATE TABLE job AS SELECT i, md5(i::text) FROM generate_series(1, 50000) AS i")
            let settings = ["DATABASE_URL": server.url, "MARTLET_BACKUP_VOLUME_SIZE": "1MiB"]
            let began = ContinuousClock.now
            #expect(try await scene.run("backup", with: settings).end == .code(0))
            let whole = ContinuousClock.now - began
            for round in 0..<rounds {
                let isResumed = round % 2 == 1
                // What a killed run held is free when its lease ends; the tests don't wait for that.
                _ = try await scene.succeed(["/bin/sh", "-c", "rm -rf \(scene.path)/store/*/lease"])
                let process = try await scene.launch(
                    ["backup"] + (isResumed ? ["--resume"] : []),
                    settings,
                    log: "\(scene.path)/killed.log"
                )
                try await Task.sleep(for: whole * Double.random(in: 0...1.1, using: &dice))
                await process.kill()
            }
            let backups = try await scene.backups()
            #expect(!backups.isEmpty)
            for (index, backup) in backups.enumerated() {
                let verified = try await scene.run("verify", "--backup", backup)
                #expect(verified.end == .code(0), "\(backup): \(verified.text)")
                let folder = "\(scene.path)/restored-\(index)"
                let restored = try await scene.run("restore", "--to", folder, "--backup", backup, "--immediate")
                #expect(restored.end == .code(0), "\(backup): \(restored.text)")
                let found = try await scene.withRestored(folder) {
                    try await $0.value("SELECT count(*)::text FROM job")
                }
                #expect(found == "50000", "\(backup)")
                _ = try await scene.succeed(["/bin/rm", "-rf", folder])
            }
        }
    }
}
