// SPDX-License-Identifier: Apache-2.0
// Martlet: the runbook for a lost region, run as it stands: the first store and the server are gone.

import TestSupport
import Testing

@Suite(
    "A lost region",
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct LostRegionTests {
    /// The shell blocks of the runbook, in their order.
    private static func blocks() throws -> [String] {
        let handbook = BackupScene.text(of: "\(Repository.root)/docs/recovery.md")
        let start = try #require(handbook.firstRange(of: "### A lost region\n"))
        let rest = handbook[start.upperBound...]
        let end = try #require(rest.firstRange(of: "\n### "))
        return rest[..<end.lowerBound].split(separator: "```sh\n").dropFirst().map { block in
            String(block[..<(block.firstRange(of: "```")?.lowerBound ?? block.endIndex)])
        }
    }

    /// Runs a block with the addresses of this machine in place of the handbook's.
    private func run(_ block: String, _ scene: BackupScene, _ server: RecoveryServer) async throws {
        let programs = scene.program.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let commands =
            block
            .replacing("s3://backups-west/martlet?region=eu-west-1", with: "file://\(scene.path)/west")
            .replacing("s3://backups-central/martlet?region=eu-central-1", with: "file://\(scene.path)/central")
            .replacing("/etc/martlet/backup.key", with: "\(scene.path)/keys")
            .replacing("postgres://postgres@127.0.0.1:5432/postgres", with: server.url)
            .replacing("/var/lib/postgresql/15/main", with: "\(scene.path)/new")
            .replacing("-w -t 14400", with: "-o \"-p \(server.port)\" -w -t 14400")
            .replacing("start\n", with: "start > \(scene.path)/start.log 2>&1\n")
        try scene.write(
            """
            set -e
            cd \(scene.path)
            export PATH=\(RecoveryServer.programs):\(programs):$PATH MARTLET_BACKUP_LEDGER_COPY=false
            export MARTLET_BACKUP_KEYS_FILE=\(scene.path)/keys DATABASE_URL=\(server.url)
            \(commands)
            """,
            to: "\(scene.path)/runbook.sh"
        )
        _ = try await scene.succeed(["/bin/sh", "\(scene.path)/runbook.sh"])
    }

    @Test func theOtherRegionGoesOnAndTheLostOneComesBack() async throws {
        let blocks = try Self.blocks()
        try #require(blocks.count == 2)
        try await BackupScene.with(stores: ["central", "west"]) { scene, server in
            try await server.value("CREATE TABLE job AS SELECT generate_series(1, 100) AS id")
            let backup = try await scene.run("backup", with: ["DATABASE_URL": server.url])
            try #require(backup.end == .code(0), "\(backup.text)")
            try await server.value("INSERT INTO job SELECT generate_series(101, 150)")
            try await server.archived()

            await server.kill()
            _ = try await scene.succeed(["/bin/rm", "-rf", server.data, "\(scene.path)/central"])

            try await run(blocks[0], scene, server)
            #expect(try await server.value("SELECT count(*)::text FROM job") == "150")
            let other = ["MARTLET_BACKUP_STORES": "file://\(scene.path)/west"]
            let listed = try await scene.run("list", with: other)
            #expect(listed.text.split(separator: "-physical-").count == 3, "\(listed.text)")

            _ = try await scene.succeed(["/bin/mkdir", "-m", "700", "\(scene.path)/central"])
            try await run(blocks[1], scene, server)
            _ = try await scene.succeed([
                "\(RecoveryServer.programs)/pg_ctl", "-D", "\(scene.path)/new", "-m", "immediate", "stop",
            ])

            // The store that came back is as good as the other one.
            _ = try await scene.succeed(["/bin/rm", "-rf", "\(scene.path)/west"])
            let first = ["MARTLET_BACKUP_STORES": "file://\(scene.path)/central"]
            let restored = try await scene.run("restore", "--to", "\(scene.path)/again", "--immediate", with: first)
            #expect(restored.end == .code(0), "\(restored.text)")
            let found = try await scene.withRestored("\(scene.path)/again") {
                try await $0.value("SELECT count(*)::text FROM job")
            }
            #expect(found == "150")
        }
    }
}
