// SPDX-License-Identifier: Apache-2.0
// Martlet: the passwords and keys of a Compose installation.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("Secrets of a Compose installation", .enabled(if: geteuid() == 0, "only root gives files to other users"))
struct ComposeSecretsTests {
    private static let volumes = [
        "alertmanager", "backup", "grafana", "health", "martlet", "postgres", "prometheus", "redis", "store",
    ]

    private func make(in folder: RecoveryFolder) async throws -> [String: String] {
        for name in Self.volumes { mkdir("\(folder.path)/\(name)", 0o755) }
        let run = try await DeployTool("sh", at: "/bin/sh").run(["infra/compose/secrets.sh", folder.path])
        try #require(run.end == .code(0), "\(run.text)")
        // Not a word of what it made.
        #expect(run.text.isEmpty, "\(run.text)")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        let found = files.filter { $0.contains("/") }.map { path in
            (path, (try? String(contentsOfFile: "\(folder.path)/\(path)", encoding: .utf8)) ?? "")
        }
        return Dictionary(found) { $1 }
    }

    @Test func eachInstallationHasItsOwnAndKeepsThem() async throws {
        let (first, second) = (try RecoveryFolder(), try RecoveryFolder())
        let made = try await make(in: first)
        #expect(made.count == 20, "\(made.keys.sorted())")
        #expect(try await make(in: first) == made, "a second start changed something")
        let other = try await make(in: second)
        for (path, text) in made where !["martlet/complete", "backup/store-id"].contains(path) {
            #expect(text != other[path] && text.utf8.count > 20, "\(path)")
        }
        for path in made.keys {
            var facts = stat()
            #expect(stat("\(first.path)/\(path)", &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o400 && facts.st_uid != 0, "\(path)")
        }
    }

    @Test func aStartThatWasCutOffBeginsAgain() async throws {
        let folder = try RecoveryFolder()
        let made = try await make(in: folder)
        unlink("\(folder.path)/martlet/complete")
        unlink("\(folder.path)/grafana/admin-password")
        let again = try await make(in: folder)
        #expect(Set(again.keys) == Set(made.keys))
        // What two must agree on is new for both.
        let password = again["postgres/martlet-password"]?.split(separator: "\n").first ?? "?"
        #expect(again["martlet/database-url"]?.contains(":\(password)@postgres:5432/martlet") == true)
        #expect(again["health/backup-token"] == again["backup/heartbeat-token"])
        #expect(again["health/alerts-token"] == again["alertmanager/martlet-token"])
        #expect(again["postgres/martlet-password"] != made["postgres/martlet-password"])
    }

    @Test func theProgramsReadThem() async throws {
        let folder = try RecoveryFolder()
        _ = try await make(in: folder)
        let files = [
            "DATABASE_URL_FILE": "\(folder.path)/martlet/database-url",
            "REDIS_URL_FILE": "\(folder.path)/martlet/redis-url",
            "MARTLET_API_KEYS_FILE": "\(folder.path)/martlet/api-keys", "APP_PORT": "9",
        ]
        // It asks whether somebody is there, after it has read all settings.
        let api = try await DeployTool("martlet-api", at: "\(ClusterPrograms.build)/martlet-api")
            .run(["health"], environment: files)
        #expect(api.end == .code(1) && api.text.contains("does not answer"), "\(api.text)")
        let backup = try await DeployTool("martlet-backup", at: "\(ClusterPrograms.build)/martlet-backup").run(
            ["health"],
            environment: [
                "DATABASE_URL_FILE": "\(folder.path)/backup/database-url", "APP_PORT": "9",
                "MARTLET_BACKUP_KEYS_FILE": "\(folder.path)/backup/backup-keys",
                "MARTLET_API_KEYS_FILE": "\(folder.path)/backup/api-keys",
                "MARTLET_BACKUP_HEARTBEAT_TOKEN_FILE": "\(folder.path)/backup/heartbeat-token",
                "MARTLET_BACKUP_STORES": "s3://martlet/backups?endpoint=http://store:8333&style=path",
            ]
        )
        #expect(backup.end == .code(79) && backup.text.contains("does not answer"), "\(backup.text)")
    }
}
