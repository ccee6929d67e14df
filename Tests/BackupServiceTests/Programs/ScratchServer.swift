// SPDX-License-Identifier: Apache-2.0
// Martlet: a private PostgreSQL server whose log goes to the program under test.

import Glibc
import Postgres
import Synchronization
import TestSupport

/// A server on a data folder; fsync is on.
final class ScratchServer: Sendable {
    let data: String
    let port: Int
    private let scene: BackupScene
    private let loop = EventLoop(name: "scratch")
    private let process = Mutex<ClusterProcess?>(nil)

    /// A server on what is there, such as a restored folder.
    init(_ scene: BackupScene, data: String) throws {
        self.scene = scene
        self.data = data
        port = try ClusterPort.free()
    }

    deinit { loop.shutdown() }

    /// A new cluster that archives by `wal-push`.
    static func make(_ scene: BackupScene) async throws -> ScratchServer {
        let server = try ScratchServer(scene, data: "\(scene.path)/main")
        _ = try await scene.succeed(
            ["\(BackupScene.postgres)/initdb", "-D", server.data, "-U", "postgres", "--auth=trust", "-k", "--no-sync"]
                + ["--encoding=UTF8", "--locale=C", "--wal-segsize=1"]
        )
        try scene.write(
            """
            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            shared_buffers = 32MB
            max_connections = 20
            archive_mode = on
            archive_command = '\(scene.settings.map { "\($0)=\($1)" }.sorted().joined(separator: " ")) \(scene.program) wal-push %p'
            archive_timeout = 60

            """,
            to: "\(server.data)/postgresql.conf"
        )
        return server
    }

    var url: String { "postgres://postgres@127.0.0.1:\(port)/postgres" }

    /// Starts it and waits until it answers.
    func start() async throws {
        let started = try await ClusterProcess.launch(
            "postgres",
            scene.asUser(["\(BackupScene.postgres)/postgres", "-D", data, "-p", "\(port)"]),
            environment: BackupScene.environment,
            log: "\(data).log"
        )
        process.withLock { $0 = started }
        try await eventually("the server answers") { (try? await self.value("SELECT 1")) != nil }
        // A restored one is readable before it has reached its target.
        try await eventually("the server is out of recovery") {
            try await self.value("SELECT pg_is_in_recovery()::text") == "false"
        }
    }

    /// Ends it and all its children at once.
    func kill() async {
        guard let running = process.withLock({ $0 }) else { return }
        running.signalFamily(SIGKILL)
        await running.kill()
    }

    /// The one value of a script's last statement.
    @discardableResult
    func value(_ sql: String) async throws -> String {
        var configuration = try PostgresConfiguration(url: url)
        configuration.statementTimeout = .seconds(60)
        let session = try await PostgresSession.connect(configuration, on: loop)
        do throws(PostgresError) {
            let last = try await session.simpleQuery(sql).last
            await session.close()
            guard let last, last.rowCount > 0 else { return "" }
            return last.isNull(0, 0) ? "" : try last.string(0, 0)
        } catch {
            await session.close()
            throw error
        }
    }

    /// Waits until everything written so far is in the store.
    func archiveAll() async throws {
        let last = try await value("SELECT pg_walfile_name(pg_switch_wal())")
        try await eventually("\(last) is archived", within: .seconds(60)) {
            try await self.value("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver") >= last
        }
    }
}
