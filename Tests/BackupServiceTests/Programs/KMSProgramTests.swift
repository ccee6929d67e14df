// SPDX-License-Identifier: Apache-2.0
// Martlet: backups whose keys only a key service opens, by the program itself.

import Glibc
import ObjectStore
import Platform
import TestSupport
import Testing

@testable import BackupService

@Suite(
    "martlet-backup with a key service",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"),
    .enabled(if: ClusterMoto.program != nil, "\(ClusterMoto.reason)")
)
struct KMSProgramTests {
    /// The settings of a process whose only key is one of KMS.
    private static func settings(_ key: String) async throws -> [String: String] {
        [
            "MARTLET_BACKUP_KEYS_FILE": "", "MARTLET_BACKUP_KMS_KEY": key,
            "MARTLET_BACKUP_KMS_ENDPOINT": try await ClusterMoto.shared.value.endpoint,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "test",
        ]
    }

    private static func makeKey() async throws -> String {
        let client = try AWSClient(
            region: "us-east-1",
            credentials: StaticCredentials(AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: Secret("test"))),
            endpoint: try await ClusterMoto.shared.value.endpoint
        )
        let answer = try await client.call(service: "kms", target: "TrentService.CreateKey", body: Array("{}".utf8))
        await client.close()
        let text = String(decoding: answer, as: UTF8.self)
        let start = try #require(text.firstRange(of: #""Arn": ""#) ?? text.firstRange(of: #""Arn":""#))
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    @Test func aLostPrimaryComesBackAndAStolenKeyIsChanged() async throws {
        try await BackupScene.with { scene, server in
            let key = try await Self.makeKey()
            let kms = try await Self.settings(key)
            let push = scene.settings.merging(kms) { $1 }.filter { !$0.value.isEmpty }
            let command = push.map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            try await server.value("ALTER SYSTEM SET archive_command = '\(command) \(scene.program) wal-push %p'")
            try await server.value("SELECT pg_reload_conf()")
            try await server.value("CREATE TABLE job AS SELECT generate_series(1, 100) AS id")
            let settings = kms.merging(["DATABASE_URL": server.url]) { $1 }
            let check = try await scene.run(["check"], with: settings)
            #expect(check.end == .code(0) && check.text.contains("the key service \(key)"), "\(check.text)")
            let backup = try await scene.run(["backup"], with: settings)
            #expect(backup.end == .code(0), "\(backup.text)")
            try await server.value("INSERT INTO job SELECT generate_series(101, 150)")
            try await server.archived()

            // The runbook of a stolen key, word for word.
            try scene.write(
                "set -e\n" + scene.settings.merging(settings) { $1 }.map { "export \($0)='\($1)'\n" }.joined()
                    + "export PATH=\(scene.program.split(separator: "/").dropLast().map { "/\($0)" }.joined()):$PATH\n"
                    + (try RecoveryDocumentTests.commands(below: "A stolen key with a key service")),
                to: "\(scene.path)/runbook.sh"
            )
            _ = try await scene.succeed(["/bin/sh", "\(scene.path)/runbook.sh"])
            try await server.value("INSERT INTO job SELECT generate_series(151, 160)")
            try await server.archived()
            await server.kill()

            let folder = "\(scene.path)/restored"
            let fetch = ["MARTLET_RESTORE_COMMAND": "\(command) \(scene.program) wal-fetch %f %p"]
            let restored = try await scene.run(["restore", "--to", folder], with: kms.merging(fetch) { $1 })
            #expect(restored.end == .code(0), "\(restored.text)")
            let found = try await scene.withRestored(folder) { try await $0.value("SELECT count(*)::text FROM job") }
            #expect(found == "160")

            let stranger = try await Self.settings(try await Self.makeKey())
            let verified = try await scene.run(["verify"], with: stranger)
            #expect(verified.end == .code(77) && verified.text.contains("KMS refuses the key"), "\(verified.text)")
            let away = kms.merging(["MARTLET_BACKUP_KMS_ENDPOINT": "http://127.0.0.1:\(try ClusterPort.free())"]) { $1 }
            let asked = try await scene.run(["verify"], with: away)
            #expect(asked.end == .code(69) && asked.text.contains("KMS can't be asked"), "\(asked.text)")
        }
    }

    @Test func aKeyWithoutARegionIsRefusedAndAnARNHasOne() {
        func problems(_ more: [String: String]) -> [String] {
            let base = ["MARTLET_BACKUP_STORES": "file:///tmp/x"]
            let reader = SettingsReader(arguments: ["martlet-backup"], environment: base.merging(more) { $1 })
            _ = BackupSettings(reader, for: .list)
            do { try reader.finish() } catch { return error.problems.map(\.key) }
            return []
        }
        #expect(problems(["MARTLET_BACKUP_KMS_KEY": "alias/martlet"]) == ["MARTLET_BACKUP_KMS_REGION"])
        #expect(
            problems(["MARTLET_BACKUP_KMS_KEY": "alias/martlet", "MARTLET_BACKUP_KMS_REGION": "eu-central-1"]) == []
        )
        #expect(problems(["MARTLET_BACKUP_KMS_KEY": "arn:aws:kms:eu-central-1:111122223333:key/1"]) == [])
        let many = (0...8).map { "arn:aws:kms:eu-central-1:111122223333:key/\($0)" }.joined(separator: ",")
        #expect(problems(["MARTLET_BACKUP_KMS_KEY": many]) == ["MARTLET_BACKUP_KMS_KEY"])
    }
}
