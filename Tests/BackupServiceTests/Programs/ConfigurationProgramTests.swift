// SPDX-License-Identifier: Apache-2.0
// Martlet: a server whose configuration lies outside of its data folder, as Debian has it, comes back with it.

import Glibc
import TestSupport
import Testing

@Suite(
    "Configuration outside of the data folder",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct ConfigurationProgramTests {
    /// Lends a server that runs with the configuration in `etc`, of which it knows the way to the data folder `main`.
    private func with(_ body: (BackupScene, RecoveryServer) async throws -> Void) async throws {
        let scene = try BackupScene()
        let data = try await scene.archivingServer().data
        let etc = "\(scene.path)/etc"
        _ = try await scene.succeed(["/bin/mkdir", "-p", "\(etc)/conf.d", "\(scene.path)/sockets"])
        let names = ["postgresql", "pg_hba", "pg_ident"].map { "\(data)/\($0).conf" }
        _ = try await scene.succeed(["/bin/mv"] + names + [etc])
        try scene.write(
            BackupScene.text(of: "\(etc)/postgresql.conf") + """
                data_directory = '\(data)'
                hba_file = '\(etc)/pg_hba.conf'
                ident_file = '\(etc)/pg_ident.conf'
                external_pid_file = '\(scene.path)/main.pid'
                unix_socket_directories = '\(scene.path)/sockets'
                include_dir = 'conf.d'

                """,
            to: "\(etc)/postgresql.conf"
        )
        try scene.write("work_mem = '7MB'\n", to: "\(etc)/conf.d/10-own.conf")
        try await RecoveryServer(scene.folder, data: etc).lend { server in try await body(scene, server) }
    }

    /// Restores where nothing of the old configuration is, starts the server, and asks it.
    private func expectRestored(_ scene: BackupScene, _ server: RecoveryServer) async throws {
        try await server.archived()
        await server.kill()
        _ = try await scene.succeed(["/bin/rm", "-r", "\(scene.path)/etc", "\(scene.path)/sockets"])
        unlink("\(scene.path)/main.pid")
        let folder = "\(scene.path)/restored"
        let restored = try await scene.run("restore", "--to", folder)
        #expect(restored.end == .code(0), "\(restored.text)")
        #expect(restored.text.contains("settings=unix_socket_directories"), "\(restored.text)")
        let found = try await scene.withRestored(folder) { other in
            try await other.rows(
                """
                SELECT count(*)::text, current_setting('work_mem'), current_setting('data_directory'),
                    current_setting('hba_file') FROM kept
                """
            )
        }
        #expect(found == [["1", "7MB", folder, "\(folder)/pg_hba.conf"]])
        #expect(access("\(scene.path)/main.pid", F_OK) != 0)
    }

    @Test func itComesBackWithTheServer() async throws {
        try await with { scene, server in
            let database = ["DATABASE_URL": server.url]
            // What `initdb` made is still there, and not in force.
            try scene.write("work_mem = '1MB'\n", to: "\(scene.path)/main/postgresql.conf")
            try scene.write("host all all 127.0.0.1/32 reject\n", to: "\(scene.path)/main/pg_hba.conf")
            try await server.value("CREATE TABLE kept AS SELECT 1 AS id")
            let check = try await scene.run("check", with: database)
            #expect(check.text.contains("stored with each physical backup"), "\(check.text)")
            let backup = try await scene.run("backup", with: database)
            #expect(backup.end == .code(0) && !backup.text.contains("without it"), "\(backup.text)")
            // A drill finds it, too.
            let drill = try await scene.run("drill", "--to", scene.path, with: database)
            #expect(drill.end == .code(0), "\(drill.text)")
            #expect(!drill.text.contains("postgresql.conf is not in the backup"), "\(drill.text)")
            try await expectRestored(scene, server)
            #expect(BackupScene.text(of: "\(scene.path)/restored/pg_hba.conf.unused").contains("reject"))
        }
    }

    @Test func whatTheDataFoldersOwnFileIncludesFromElsewhereComesBack() async throws {
        try await BackupScene.with { scene, server in
            let extra = "\(scene.path)/extra.conf"
            try scene.write("work_mem = '7MB'\n", to: extra)
            let own = "\(server.data)/postgresql.conf"
            try scene.write(BackupScene.text(of: own) + "include '\(extra)'\n", to: own)
            try await server.value("SELECT pg_reload_conf()")
            let check = try await scene.run("check", with: ["DATABASE_URL": server.url])
            #expect(check.text.contains("stored with each physical backup"), "\(check.text)")
            #expect(try await scene.run("backup", with: ["DATABASE_URL": server.url]).end == .code(0))
            try await server.archived()
            await server.kill()
            unlink(extra)
            let folder = "\(scene.path)/restored"
            #expect(try await scene.run("restore", "--to", folder).end == .code(0))
            #expect(try await scene.withRestored(folder) { try await $0.value("SHOW work_mem") } == "7MB")
        }
    }

    @Test func onTheServersOwnMachineNoRightIsNeeded() async throws {
        try await with { scene, server in
            try await server.value(
                "CREATE TABLE kept AS SELECT 1 AS id; CREATE ROLE plain LOGIN REPLICATION; GRANT pg_read_all_settings TO plain"
            )
            let url = server.url.replacing("postgres@", with: "plain@")
            let backup = try await scene.run("backup", with: ["DATABASE_URL": url])
            #expect(backup.end == .code(0) && !backup.text.contains("without it"), "\(backup.text)")
            try await expectRestored(scene, server)
        }
    }

    @Test func whatCantBeReadIsSaidAndNoReasonToFail() async throws {
        try await with { scene, server in
            let database = ["DATABASE_URL": server.url]
            // The running server doesn't miss it.
            _ = try await scene.succeed(["/bin/mv", "\(scene.path)/etc/pg_ident.conf", "\(scene.path)/moved"])
            let backup = try await scene.run("backup", with: database)
            #expect(backup.end == .code(0) && backup.text.contains("the backup is without it"), "\(backup.text)")
            let check = try await scene.run("check", with: database)
            #expect(check.end == .code(0) && check.text.contains("attention  configuration"), "\(check.text)")
            #expect(check.text.contains("GRANT pg_read_server_files"), "\(check.text)")
        }
    }
}
