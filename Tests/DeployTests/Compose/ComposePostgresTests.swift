// SPDX-License-Identifier: Apache-2.0
// Martlet: how PostgreSQL of a Compose installation begins, gets its roles, and is restored.

import Glibc
import TestSupport
import Testing

@Suite(
    "PostgreSQL of a Compose installation",
    .timeLimit(.minutes(5)),
    .enabled(if: geteuid() == 0, "only root becomes PostgreSQL's user"),
    .enabled(if: RecoveryServer.obstacle == nil, "\(RecoveryServer.obstacle ?? "")")
)
struct ComposePostgresTests {
    private let folder: RecoveryFolder
    /// What the container has as a volume.
    private let volume: String

    init() throws {
        folder = try RecoveryFolder()
        volume = try folder.make("volume")
        chmod(volume, 0o755)
        for name in ["bin", "secrets"] { mkdir("\(folder.path)/\(name)", 0o755) }
        try give(["superuser": "super-1", "martlet": "owner-1", "backup": "copier-1"])
    }

    private func give(_ passwords: [String: String]) throws {
        for (name, password) in passwords {
            let path = "\(folder.path)/secrets/\(name)-password"
            try RecoveryFolder.write(Array("\(password)\n".utf8), to: path)
            RecoveryServer.own(path)
        }
    }

    private func environment(_ more: [String: String] = [:]) -> [String: String] {
        [
            "PATH": "\(folder.path)/bin:\(RecoveryServer.programs):/usr/bin:/bin", "SECRETS": "\(folder.path)/secrets",
            "PGDATA": "\(volume)/pgdata", "VOLUME": volume, "TMPDIR": volume,
        ].merging(more) { $1 }
    }

    /// Begins as the container does; what the image does then only says so.
    private func begin() async throws -> DeployTool.Run {
        try ScriptFile.write("#!/bin/sh\necho \"goes on with $*\"\n", to: "\(folder.path)/bin/docker-entrypoint.sh")
        return try await DeployTool("bash", at: "/bin/bash").run(
            ["infra/compose/cluster.sh", "postgres", "-c", "wal_level=replica"],
            environment: environment()
        )
    }

    private func names() -> [String] { RecoveryFolder.names(in: volume).sorted() }

    /// The image would take a cluster whose making was cut off for a whole one, and have no roles ever after.
    @Test func aFirstStartThatWasCutOffIsBegunAnew() async throws {
        _ = try folder.make("volume/pgdata.new")
        try RecoveryFolder.write(Array("15\n".utf8), to: "\(volume)/pgdata.new/PG_VERSION")
        let first = try await begin()
        let last = "goes on with postgres -c wal_level=replica\n"
        #expect(first.end == .code(0) && first.text.hasSuffix(last), "\(first.text)")
        #expect(names() == ["pgdata"])
        var facts = stat()
        #expect(stat("\(volume)/pgdata/global/pg_control", &facts) == 0)
        #expect(facts.st_uid == RecoveryServer.user?.id)
        let rules = String(decoding: try RecoveryFolder.bytes(of: "\(volume)/pgdata/pg_hba.conf"), as: UTF8.self)
        let remote = "host all all all scram-sha-256\nhost replication martlet_backup samenet scram-sha-256\n"
        #expect(rules.hasSuffix(remote), "\(rules)")
        #expect(!rules.split(separator: "\n").contains { !$0.hasPrefix("#") && $0.contains("trust") }, "\(rules)")
        // One that is there is left alone.
        #expect(try await begin().text == last)
    }

    @Test func rolesComeToWhatTheSecretsSay() async throws {
        let server = try await RecoveryServer.make(in: folder)
        let rules = """
            host all postgres 127.0.0.1/32 trust
            host all all 127.0.0.1/32 scram-sha-256
            host replication all 127.0.0.1/32 scram-sha-256

            """
        try RecoveryFolder.write(Array(rules.utf8), to: "\(server.data)/pg_hba.conf")
        try await server.lend { server in
            let place = ["PGHOST": "127.0.0.1", "PGPORT": "\(server.port)"]
            func enters(_ role: String, _ password: String) async throws -> Bool {
                let login = try await DeployTool("psql", at: "\(RecoveryServer.programs)/psql").run(
                    ["-X", "-At", "-d", "martlet", "-U", role, "-c", "SELECT current_user"],
                    environment: place.merging(["PGPASSWORD": password]) { $1 }
                )
                return login.end == .code(0) && login.text == "\(role)\n"
            }
            // What a run leaves that was cut off.
            try await server.value("CREATE ROLE martlet")
            for round in 1...2 {
                try give(["superuser": "super-\(round)", "martlet": "owner-\(round)", "backup": "copier-\(round)"])
                for _ in 1...2 {
                    let run = try await DeployTool("bash", at: "/bin/bash").run(
                        ["infra/compose/roles.sh"],
                        environment: environment(place)
                    )
                    #expect(run.end == .code(0) && run.text.isEmpty, "\(run.text)")
                }
                #expect(try await enters("martlet", "owner-\(round)"))
                #expect(try await enters("martlet_backup", "copier-\(round)"))
                #expect(try await !enters("martlet", "owner-\(3 - round)"))
            }
            let roles = "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolreplication AND rolname <> 'postgres'"
            #expect(try await server.value(roles) == "martlet_backup")
            let access = "SELECT datacl::text FROM pg_database WHERE datname = 'martlet'"
            #expect(try await server.value(access) == "{martlet=CTc/martlet}")
            unlink("\(folder.path)/secrets/martlet-password")
            let lost = try await DeployTool("bash", at: "/bin/bash").run(
                ["infra/compose/roles.sh"],
                environment: environment(place)
            )
            #expect(lost.end == .code(1), "\(lost.text)")
            #expect(try await enters("martlet", "owner-2"), "a file that is not there took the password away")
        }
    }

    @Test func aRestoreThatFailedIsBegunAnew() async throws {
        // In Compose a server has its settings on its command line, so that a restored one knows nothing of higher limits.
        let base = try await RecoveryServer.make(in: folder, name: "base", settings: ["max_connections = 300"])
        try await base.start()
        try await base.value("CREATE DATABASE martlet")
        let tables = "CREATE TABLE job AS SELECT generate_series(1, 10) AS id; CREATE TABLE job_live AS SELECT 1 AS id"
        let filled = try await DeployTool("psql", at: "\(RecoveryServer.programs)/psql").run([
            "-X", "-q", "postgres://postgres@127.0.0.1:\(base.port)/martlet", "-c", tables,
        ])
        #expect(filled.end == .code(0), "\(filled.text)")
        try await base.stop()
        // The store answers once the file is there.
        let program = """
            #!/bin/sh
            test -z "$(ls -A "$3")" && cp -a \(base.data)/. "$3"/ && test -e \(folder.path)/store || exit 1
            sed -i /max_connections/d "$3"/*.conf && echo "restore_command = 'false'" >>"$3"/postgresql.auto.conf && touch "$3"/recovery.signal

            """
        try ScriptFile.write(program, to: "\(folder.path)/bin/martlet-backup")
        try ScriptFile.write(Repository.text("infra/compose/restore.sh"), to: "\(folder.path)/restore.sh")
        func restore() async throws -> DeployTool.Run {
            try await DeployTool("setpriv", at: "/usr/bin/setpriv").run(
                ["--reuid=postgres", "--regid=postgres", "--clear-groups", "/bin/sh", "\(folder.path)/restore.sh"],
                environment: environment(),
                in: "/"
            )
        }
        #expect(try await restore().end == .code(1))
        #expect(names() == ["restore.lock", "restoring"])
        let both = try await DeployTool("flock", at: "/usr/bin/flock").run(
            ["\(volume)/restore.lock", "/bin/sh", "\(folder.path)/restore.sh"],
            environment: environment(),
            in: "/"
        )
        #expect(both.end == .code(1) && both.text.hasPrefix("another restore into this volume"), "\(both.text)")
        // No empty server takes the place of what was to be restored.
        let refused = try await begin()
        #expect(refused.end == .code(1) && refused.text.hasPrefix("a restore into this volume did not end"))
        try RecoveryFolder.write([], to: "\(folder.path)/store")
        let run = try await restore()
        #expect(run.end == .code(0) && run.text.contains("10 jobs, 1 of them unfinished\n"), "\(run.text)")
        #expect(names().contains("pgdata") && !names().contains("restoring"), "\(names())")
        let again = try await restore()
        #expect(again.end == .code(1) && again.text.contains("RESTORED=restored-2"), "\(again.text)")
    }
}
