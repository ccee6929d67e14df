// SPDX-License-Identifier: Apache-2.0
// Martlet: the passwords and keys of a Compose installation.

import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("Secrets of a Compose installation", .enabled(if: geteuid() == 0, "only root gives files to other users"))
struct ComposeSecretsTests {
    private static let volumes = [
        "alertmanager", "backup", "grafana", "health", "martlet", "postgres", "redis", "store", "values",
    ]

    private func run(_ words: [String], _ input: String = "") async throws -> DeployTool.Run {
        let script = "\(Repository.root)/infra/compose/secrets.sh"
        let line = "printf %s \"$1\" | { shift; /bin/sh \(script) \"$@\"; }"
        return try await DeployTool("sh", at: "/bin/sh").run(["-c", line, "sh", input] + words)
    }

    private func folder() throws -> RecoveryFolder {
        let folder = try RecoveryFolder()
        for name in Self.volumes { mkdir("\(folder.path)/\(name)", 0o755) }
        return folder
    }

    private func make(in folder: RecoveryFolder) async throws -> [String: String] {
        let run = try await run([folder.path])
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
        let (first, second) = (try folder(), try folder())
        let made = try await make(in: first)
        #expect(made.count == 29, "\(made.keys.sorted())")
        #expect(try await make(in: first) == made, "a second start changed something")
        let other = try await make(in: second)
        for (path, text) in made where !["backup/store-id", "values/store-id"].contains(path) {
            #expect(text != other[path] && text.utf8.count > 20, "\(path)")
        }
        for path in made.keys {
            var facts = stat()
            #expect(stat("\(first.path)/\(path)", &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o400, "\(path)")
            #expect((facts.st_uid == 0) == path.hasPrefix("values/"), "\(path)")
        }
    }

    /// A start that was cut off, a release that has one more, a volume that was removed: nothing that is there becomes another.
    @Test func whatIsMissingIsMadeAndTheRestStays() async throws {
        let folder = try folder()
        let made = try await make(in: folder)
        for path in ["grafana/admin-password", "martlet/database-url", "values/alerts-token"] {
            unlink("\(folder.path)/\(path)")
        }
        let again = try await make(in: folder)
        let changed = Set(made.keys.filter { made[$0] != again[$0] })
        #expect(changed == ["values/alerts-token", "health/alerts-token", "alertmanager/martlet-token"])
        #expect(again["health/alerts-token"] == again["alertmanager/martlet-token"])
        let password = again["postgres/martlet-password"]?.split(separator: "\n").first ?? "?"
        #expect(again["martlet/database-url"]?.contains(":\(password)@postgres:5432/martlet") == true)
    }

    @Test func theKeyOfBackupsIsNeverReplacedByChance() async throws {
        let folder = try folder()
        let made = try await make(in: folder)
        unlink("\(folder.path)/values/backup-key")
        let refused = try await run([folder.path])
        #expect(refused.end == .code(1) && refused.text.contains("secrets set backup-key"), "\(refused.text)")
        let key = try #require(made["values/backup-key"])
        #expect(try await run(["set", "backup-key", folder.path], key).end == .code(0))
        #expect(try await make(in: folder) == made)
        #expect(try await run(["show", "backup-key", folder.path]).text == key)
        for (words, input) in [(["set", "backup-kee"], "x"), (["set", "store-key"], ""), (["show", "nothing"], "")] {
            let wrong = try await run(words + [folder.path], input)
            #expect(wrong.end == .code(1) && wrong.text.hasPrefix("secrets: "), "\(words): \(wrong.text)")
        }
        #expect(try await make(in: folder) == made, "what was refused changed something")
    }

    /// A wrong key given to a running installation must not be the end of its backups.
    @Test func theKeyThatWasThereIsKept() async throws {
        let folder = try folder()
        let made = try await make(in: folder)
        let other = "other:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        let run = try await run(["set", "backup-key", folder.path], other)
        #expect(run.end == .code(0) && run.text.contains("is kept as backup-key.20"), "\(run.text)")
        let kept = RecoveryFolder.names(in: "\(folder.path)/values").filter { $0.hasPrefix("backup-key.") }
        let name = try #require(kept.count == 1 ? kept.first : nil, "\(kept)")
        let bytes = try RecoveryFolder.bytes(of: "\(folder.path)/values/\(name)")
        #expect(String(decoding: bytes, as: UTF8.self) == made["values/backup-key"])
        #expect(try await self.run(["set", "backup-key", folder.path], other).text.contains("is kept") == false)
    }

    @Test func whatIsSetIsEverywhereAndSaysWhenItCounts() async throws {
        let folder = try folder()
        let made = try await make(in: folder)
        for (name, text) in [("martlet-password", "An-other_1.~\n"), ("store-key", "an/other+1=\n")] {
            let run = try await run(["set", name, folder.path], text)
            #expect(run.end == .code(0) && run.text.contains("docker compose up --detach --wait --force-recreate"))
        }
        let again = try await make(in: folder)
        #expect(again["backup/store-key"] == "an/other+1=\n")
        #expect(again["postgres/martlet-password"] == "An-other_1.~\n")
        #expect(again["martlet/database-url"] == "postgres://martlet:An-other_1.~@postgres:5432/martlet\n")
        let changed = Set(made.keys.filter { made[$0] != again[$0] })
        #expect(
            changed == [
                "values/martlet-password", "postgres/martlet-password", "martlet/database-url", "values/store-key",
                "backup/store-key", "store/s3.json",
            ]
        )
    }

    /// A URL or a file of settings would be read otherwise, and nobody would get in.
    @Test(arguments: [
        ("martlet-password", "p@ss"), ("bus-password", "a b"), ("backup-password", "it's"),
        ("superuser-password", "a/b"),
        ("martlet-password", "two\nlines"), ("store-key", "quo\"te"), ("store-id", "a b"), ("api-key", "back\\slash"),
        ("api-key", "short"), ("beat-token", "short"), ("store-key", "ab\u{1}c"), ("superuser-password", "-x"),
        ("backup-key", "this is no key"), ("backup-key", "compose:AAAA"),
        ("backup-key", "good:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nbad"),
    ])
    func whatWouldBeMisreadIsRefused(_ name: String, _ text: String) async throws {
        let folder = try folder()
        let made = try await make(in: folder)
        let refused = try await run(["set", name, folder.path], text)
        #expect(refused.end == .code(1) && refused.text.hasPrefix("secrets: \(name) "), "\(refused.text)")
        #expect(try await make(in: folder) == made)
    }

    /// With a `umask` of 077 nobody but root would read what containers are given of the checkout.
    @Test func aCheckoutThatOthersCannotReadIsNamed() async throws {
        let folder = try folder()
        let checkout = "\(folder.path)/checkout/infra"
        let script = "\(Repository.root)/infra/compose/secrets.sh"
        let shell = DeployTool("sh", at: "/bin/sh")
        let settings = ["CHECKOUT": "\(folder.path)/checkout"]
        let line = "umask 077; mkdir -p $1/compose && echo x >$1/compose/roles.sh && chmod 755 $1/.."
        #expect(try await shell.run(["-c", line, "sh", checkout]).end == .code(0))
        for (closed, cure) in [("infra", "chmod o+x,o+r"), ("compose", "chmod -R o+rX")] {
            let refused = try await shell.run([script, "\(folder.path)/made"], environment: settings)
            let isNamed = refused.text.contains("/\(closed): chmod -R o+rX infra")
            #expect(refused.end == .code(1) && isNamed, "\(refused.text)")
            #expect(try await shell.run(["-c", "\(cure) \(checkout)"]).end == .code(0))
        }
        mkdir("\(folder.path)/made", 0o755)
        for name in Self.volumes { mkdir("\(folder.path)/made/\(name)", 0o755) }
        let run = try await shell.run([script, "\(folder.path)/made"], environment: settings)
        #expect(run.end == .code(0), "\(run.text)")
    }

    @Test func theProgramsReadThem() async throws {
        let folder = try folder()
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
