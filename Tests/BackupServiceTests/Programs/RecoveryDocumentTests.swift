// SPDX-License-Identifier: Apache-2.0
// Martlet: docs/recovery.md and docs/configuration.md say what the program does, and the runbooks' commands run as they stand.

import Glibc
import Platform
import TestSupport
import Testing

@testable import BackupService

@Suite("The recovery handbook")
struct RecoveryDocumentTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    static func text(_ name: String) -> String { BackupScene.text(of: "\(root)/docs/\(name)") }

    /// The shell block below a heading.
    static func commands(below heading: String) throws -> String {
        let handbook = text("recovery.md")
        let start = try #require(handbook.firstRange(of: "### \(heading)\n"), "there is no \(heading)")
        let rest = handbook[start.upperBound...]
        let block = try #require(rest.firstRange(of: "```sh\n"))
        let end = try #require(rest[block.upperBound...].firstRange(of: "```"))
        return String(rest[block.upperBound..<end.lowerBound])
    }

    @Test func listsEachExitCode() {
        let handbook = Self.text("recovery.md")
        for (code, meaning) in BackupExit.meanings { #expect(handbook.contains("| \(code) | \(meaning) |"), "\(code)") }
    }

    @Test func listsEachVerbAndOption() {
        let handbook = Self.text("recovery.md")
        for verb in BackupVerb.allCases { #expect(handbook.contains("`\(verb.rawValue)"), "\(verb.rawValue)") }
        for option in BackupOption.table { #expect(handbook.contains(option.name), "\(option.name)") }
    }

    @Test func listsEachSetting() {
        let listed = Self.text("configuration.md")
        let names = SiblingSettings.names.filter { $0.hasPrefix("MARTLET_BACKUP_") || $0.hasPrefix("MARTLET_RESTORE_") }
        for name in names {
            let suffix = name.split(separator: "_").last ?? ""
            #expect(listed.contains("`\(name)`") || listed.contains("`…_\(suffix)`"), "\(name)")
        }
    }

    @Test(
        .timeLimit(.minutes(5)),
        .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"),
        arguments: ["A lost row", "A dropped table", "A lost primary", "A stolen key"]
    )
    func runbooksRunAsTheyStand(_ heading: String) async throws {
        try await BackupScene.with { scene, server in
            try await server.value("CREATE TABLE job AS SELECT generate_series(1, 100) AS id")
            let backup = try await scene.run("backup", with: ["DATABASE_URL": server.url])
            #expect(backup.end == .code(0), "\(backup.text)")
            let moment = try await server.value("SELECT clock_timestamp()::text")
            switch heading {
            case "A lost row": try await server.value("DELETE FROM job WHERE id = 42")
            case "A dropped table": try await server.value("DROP TABLE job")
            default: break
            }
            try await server.archiveAll()
            if heading == "A lost primary" { await server.kill() }
            let port = try ClusterPort.free()
            let script = try Self.commands(below: heading)
                .replacing("/var/lib/postgresql/15/", with: "\(scene.path)/new-")
                .replacing("2026-11-28 14:05:00Z", with: moment)
                .replacing("5433", with: "\(port)")
                .replacing(" backup.key", with: " keys")
                // The restored server of a lost primary keeps the old one's port.
                .replacing("new-main -w", with: "new-main -o \"-p \(server.port)\" -w")
            try scene.write(
                "set -e\ncd \(scene.path)\n"
                    + scene.settings.map { "export \($0)='\($1)'\n" }.joined()
                    + "export DATABASE_URL='\(server.url)'\n"
                    + "export PATH=\(BackupScene.postgres):\(scene.program.split(separator: "/").dropLast().map { "/\($0)" }.joined()):$PATH\n"
                    + script.split(separator: "\n").map {
                        $0.contains("start") ? "\($0) > start.log 2>&1\n" : "\($0)\n"
                    }.joined(),
                to: "\(scene.path)/runbook.sh"
            )
            _ = try await scene.succeed(["/bin/sh", "\(scene.path)/runbook.sh"])
            #expect(try await server.value("SELECT count(*)::text FROM job") == "100")
            if heading == "A lost primary" {
                _ = try await scene.succeed([
                    "\(BackupScene.postgres)/pg_ctl", "-D", "\(scene.path)/new-main", "-m", "fast", "stop",
                ])
            }
            if heading == "A stolen key" {
                let names = try await scene.backups()
                let both = ["MARTLET_BACKUP_KEYS_FILE": "\(scene.path)/new.key"]
                for name in names {
                    let run = try await scene.run("verify", "--backup", name, with: both)
                    #expect(run.end == .code(0), "\(run.text)")
                }
                #expect(names.count == 2)
            }
        }
    }
}
