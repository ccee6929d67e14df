// SPDX-License-Identifier: Apache-2.0
// Martlet: the runbooks of a lost configuration and of what else is kept run as they stand.

import Glibc
import TestSupport
import Testing

extension RecoveryDocumentTests {
    @Test(.timeLimit(.minutes(5)), .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"))
    func theRunbookOfALostConfigurationRunsAsItStands() async throws {
        try await ExportScene.with { export in
            #expect(try await export.run("export", on: "configured").end == .code(0))
            try await export.value(
                "DELETE FROM health_subscriber WHERE id > 10; DELETE FROM health_maintenance",
                in: "configured"
            )
            try await Self.follow("A lost configuration", export)
            #expect(try await export.counts(in: "configured") == "2 1 50")
        }
    }

    @Test(
        .timeLimit(.minutes(5)),
        .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"),
        .enabled(if: access("/usr/bin/redis-server", X_OK) == 0, "redis-server is not installed")
    )
    func whatElseIsKeptGetsIntoTheStoreAndBack() async throws {
        let redis = try await TestRedis.spawn()
        try await ExportScene.with { export in
            let scene = export.scene
            // The cluster is a stand-in; what the scripts make of it has tests of its own.
            _ = try await scene.succeed(["/bin/mkdir", "\(scene.path)/bin"])
            for (name, answer) in [("helm", "kind: ConfigMap"), ("kubectl", "configmaps")] {
                try ScriptFile.write("#!/bin/sh\necho '\(answer)'\n", to: "\(scene.path)/bin/\(name)")
            }
            try await Self.follow("Into the store", export, with: ["REDIS_URL": redis.url])
            _ = try await scene.succeed(["/bin/rm", "\(scene.path)/more/bus.rdb", "\(scene.path)/more/release.tgz"])
            let back = try await export.run("import", "--section", "files", "--apply", on: "configured")
            #expect(back.end == .code(0) && back.text.contains("2 changed"), "\(back.text)")
            let check = "cd \(scene.path)/more && sha256sum --check bus.rdb.sha256 && tar -tzf release.tgz"
            #expect(try await scene.succeed(["/bin/sh", "-c", check]).contains("release/SHA256SUMS"))
        }
    }

    /// Runs the commands below a heading in the scene's folder.
    private static func follow(
        _ heading: String,
        _ export: ExportScene,
        with more: [String: String] = [:]
    ) async throws {
        let scene = export.scene
        let settings = scene.settings.merging(export.settings("configured")) { $1 }.merging(more) { $1 }
        let programs = "/" + scene.program.split(separator: "/").dropLast().joined(separator: "/")
        let script = """
            set -e
            cd \(scene.path)
            \(settings.map { "export \($0)='\($1)'" }.joined(separator: "\n"))
            export PATH=\(scene.path)/bin:\(programs):\(Repository.root)/infra/recovery:$PATH

            """
        let commands = try commands(below: heading).replacing("/var/lib/martlet", with: scene.path)
        try scene.write(script + commands, to: "\(scene.path)/runbook.sh")
        _ = try await scene.succeed(["/bin/sh", "\(scene.path)/runbook.sh"])
    }
}
