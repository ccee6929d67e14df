// SPDX-License-Identifier: Apache-2.0
// Martlet: the runbooks' commands run as they stand, on a ledger with jobs that wait and jobs that have ended.

import Glibc
import Postgres
import TestSupport
import Testing

extension RecoveryDocumentTests {
    /// How many jobs there are, unfinished and ended; what was asked for, how it stands, and partitions.
    private static let content = """
        SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM job_live), (SELECT count(*) FROM job_done),
          (SELECT md5(string_agg(job::text, ',' ORDER BY id)) FROM job),
          (SELECT md5(string_agg(job_live::text, ',' ORDER BY id)) FROM job_live),
          (SELECT count(*) FROM pg_inherits WHERE inhparent = 'job'::regclass)
        """

    /// The one line that a query answers.
    private static func ask(_ query: String, _ scene: BackupScene, _ url: String) async throws -> String {
        let text = try await scene.succeed([
            "\(RecoveryServer.programs)/psql", url, "-v", "ON_ERROR_STOP=1", "-Atqc", query,
        ])
        return String(text.prefix { $0 != "\n" })
    }

    /// Runs a runbook's commands with this machine's folders and addresses in place of the handbook's.
    private static func run(_ commands: String, _ scene: BackupScene, database: String) async throws {
        let programs = scene.program.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        // What a server says goes elsewhere: it would keep the output open.
        let lines = commands.split(separator: "\n").map { line in
            line.hasPrefix("pg_ctl") && line.contains("start") ? "\(line) > start.log 2>&1\n" : "\(line)\n"
        }
        try scene.write(
            "set -e\ncd \(scene.path)\n"
                + scene.settings.map { "export \($0)='\($1)'\n" }.joined()
                + "export DATABASE_URL='\(database)' PATH=\(RecoveryServer.programs):\(programs):$PATH\n"
                + lines.joined(),
            to: "\(scene.path)/runbook.sh"
        )
        _ = try await scene.succeed(["/bin/sh", "\(scene.path)/runbook.sh"])
    }

    @Test(
        .timeLimit(.minutes(5)),
        .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"),
        arguments: ["A lost row", "A dropped table", "A lost primary", "A stolen key"]
    )
    func runbooksRunAsTheyStand(_ heading: String) async throws {
        let loop = EventLoop(name: "runbook")
        defer { loop.shutdown() }
        try await BackupScene.with { scene, server in
            let ledger = try await LedgerFixture(server, on: loop)
            try await ledger.add(100)
            func ask(_ query: String) async throws -> String { try await Self.ask(query, scene, ledger.url) }
            let before = try await ask(Self.content)
            try #require(before.hasPrefix("100|50|50|"), "\(before)")
            let backup = try await scene.run("backup", with: ["DATABASE_URL": server.url])
            try #require(backup.end == .code(0), "\(backup.text)")
            let job = try await ask("SELECT min(id) FROM job_live")
            let moment = try await ask("SELECT clock_timestamp()")
            switch heading {
            case "A lost row":
                _ = try await ask("DELETE FROM job WHERE id = \(job)")
                _ = try await ask("DELETE FROM job_live WHERE id = \(job)")
            case "A dropped table": _ = try await ask("DROP TABLE job")
            default: break
            }
            try await server.archived()
            if heading == "A lost primary" { await server.kill() }
            let port = try ClusterPort.free()
            let commands = try Self.commands(below: heading)
                .replacing("/var/lib/postgresql/15/", with: "\(scene.path)/new-")
                .replacing("2026-11-28 14:05:00Z", with: moment)
                .replacing("5433", with: "\(port)")
                .replacing("id = 42", with: "id = \(job)")
                .replacing("'{42}'", with: "'{\(job)}'")
                .replacing("/etc/martlet/backup.key", with: "\(scene.path)/keys")
                .replacing("/etc/martlet", with: scene.path)
                // The restored server of a lost primary keeps the old one's port.
                .replacing("postgres://postgres@127.0.0.1:5432/martlet", with: ledger.url)
                .replacing("new-main -w -t", with: "new-main -o \"-p \(server.port)\" -w -t")
            try await Self.run(commands, scene, database: ledger.url)

            #expect(try await ask(Self.content) == before)
            // What came back is work and no museum: a worker gets all that was unfinished.
            #expect(try await ledger.take(100) == 50)
            #expect(try await ask("SELECT owner FROM job_live WHERE id = \(job)") == "8")
            if heading == "A lost primary" {
                #expect(try await ask("SHOW archive_mode") == "on")
                #expect(try await scene.backups().count == 2)
                _ = try await scene.succeed([
                    "\(RecoveryServer.programs)/pg_ctl", "-D", "\(scene.path)/new-main", "-m", "fast", "stop",
                ])
            }
            if heading == "A stolen key" { try await expectNewKeyOnly(scene, server) }
        }
    }

    /// The programs' own file begins with the new key, which alone opens all backups and what the log gets from now on.
    private func expectNewKeyOnly(_ scene: BackupScene, _ server: RecoveryServer) async throws {
        let ring = BackupScene.text(of: "\(scene.path)/keys").split(separator: "\n")
        try #require(ring.count == 2)
        #expect(ring[0].hasPrefix("2026-12:") && ring[1].hasPrefix("test:"))
        var facts = stat()
        #expect(stat("\(scene.path)/keys", &facts) == 0 && facts.st_mode & 0o077 == 0)
        try scene.write("\(ring[0])\n", to: "\(scene.path)/first.key")
        let only = ["MARTLET_BACKUP_KEYS_FILE": "\(scene.path)/first.key"]
        let names = try await scene.backups()
        #expect(names.count == 2)
        for name in names {
            let run = try await scene.run("verify", "--backup", name, with: only)
            #expect(run.end == .code(0), "\(run.text)")
        }
        let segment = try await server.value("SELECT pg_walfile_name(pg_current_wal_lsn())")
        try await server.value("CREATE TABLE later ()")
        try await server.archived()
        let fetched = try await scene.run("wal-fetch", segment, "\(scene.path)/fetched", with: only)
        #expect(fetched.end == .code(0), "\(fetched.text)")
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"))
    func aServerWhoseConfigurationLiesElsewhereStartsAsTheRunbookSays() async throws {
        try await BackupScene.with { scene, server in
            try await server.value("CREATE TABLE kept AS SELECT 1 AS id")
            // A running server doesn't miss them.
            _ = try await scene.succeed(["/bin/mkdir", "\(scene.path)/etc"])
            _ = try await scene.succeed(
                ["/bin/mv"] + ["postgresql", "pg_hba", "pg_ident"].map { "\(server.data)/\($0).conf" } + [
                    "\(scene.path)/etc"
                ]
            )
            let backup = try await scene.run("backup", with: ["DATABASE_URL": server.url])
            try #require(backup.end == .code(0), "\(backup.text)")
            try await server.archived()
            let folder = "\(scene.path)/new-restored"
            let restored = try await scene.run("restore", "--to", folder)
            try #require(restored.end == .code(0), "\(restored.text)")
            try #require(access("\(folder)/postgresql.conf", F_OK) != 0)

            // A drill has settings of its own and passes, so it says what it did not prove.
            let drill = try await scene.run("drill", "--to", scene.path)
            #expect(drill.text.contains("postgresql.conf is not in the backup"), "\(drill.text)")

            let port = try ClusterPort.free()
            let commands = try Self.commands(below: "Configuration outside of the data folder")
                .replacing("/etc/postgresql/15/main", with: "\(scene.path)/etc")
                .replacing("/var/lib/postgresql/15/", with: "\(scene.path)/new-")
                .replacing("5433", with: "\(port)")
            try await Self.run(commands, scene, database: server.url)
            let url = "postgres://postgres@127.0.0.1:\(port)/postgres"
            #expect(try await Self.ask("SELECT count(*) FROM kept", scene, url) == "1")
            _ = try await scene.succeed(["\(RecoveryServer.programs)/pg_ctl", "-D", folder, "-m", "fast", "stop"])
        }
    }

    /// Each wait of the handbook ends when the server is gone: nobody finds out about a dead one by waiting.
    @Test(.timeLimit(.minutes(1)), .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"))
    func waitsForRecoveryEndWithTheServer() async throws {
        let lines = Self.text("recovery.md").split(separator: "\n").filter { $0.hasPrefix("until ") }
        #expect(lines.count == 4)
        let scene = try BackupScene()
        let url = "postgres://postgres@127.0.0.1:\(try ClusterPort.free())/postgres"
        for line in lines {
            try await Self.run(
                "RESTORED=$DATABASE_URL\n" + line.replacing("/var/lib/postgresql/15/", with: "\(scene.path)/no-"),
                scene,
                database: url
            )
        }
    }
}
