// SPDX-License-Identifier: Apache-2.0
// Martlet: a private PostgreSQL server with page checksums that may be killed, damaged and restored.

import Glibc
import Postgres
import Synchronization
import TestSupport

/// A server on a free port of 127.0.0.1; fsync is on, segments have 1 MiB unless told otherwise.
final class RecoveryServer: Sendable {
    private static let programs = "/usr/lib/postgresql/15/bin"

    /// PostgreSQL's user when we are root, which it refuses to be.
    static let user: (id: uid_t, group: gid_t)? =
        geteuid() == 0 ? getpwnam("postgres").map { ($0.pointee.pw_uid, $0.pointee.pw_gid) } : nil

    /// Why it can't be used here, or nil.
    static let obstacle: String? = {
        for tool in ["\(programs)/initdb", "\(programs)/postgres", "/usr/bin/setpriv"] where access(tool, X_OK) != 0 {
            return "\(tool) is missing"
        }
        return geteuid() == 0 && user == nil ? "there is no user postgres" : nil
    }()

    let folder: RecoveryFolder
    let data: String
    let port: Int
    private let program: String
    private let process = Mutex<ClusterProcess?>(nil)
    let loop = EventLoop(name: "recovery-test")

    /// Takes a data folder over.
    init(_ folder: RecoveryFolder, data: String, port: Int? = nil, program: String? = nil) throws {
        self.folder = folder
        self.program = program ?? "\(Self.programs)/postgres"
        self.data = data
        self.port = try port ?? ClusterPort.free()
    }

    deinit { loop.shutdown() }

    /// A new cluster.
    static func make(in folder: RecoveryFolder, segmentMiB: Int = 1, settings: [String] = []) async throws
        -> RecoveryServer
    {
        let data = try folder.make("data-\(UInt32.random(in: 0 ... .max))")
        let server = try RecoveryServer(folder, data: data)
        try await server.run(
            "initdb",
            [
                "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-k",
                "--wal-segsize=\(segmentMiB)",
            ]
        )
        let conf = """
            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            max_connections = 40
            shared_buffers = 32MB
            fsync = on
            wal_keep_size = 0
            min_wal_size = \(segmentMiB * 2)MB
            log_line_prefix = '%m [%p] '

            """ + settings.map { $0 + "\n" }.joined()
        try RecoveryFolder.write(Array(conf.utf8), to: "\(data)/postgresql.conf")
        return server
    }

    var url: String { "postgres://postgres@127.0.0.1:\(port)/postgres" }

    var configuration: PostgresConfiguration {
        get throws {
            var configuration = try PostgresConfiguration(url: url)
            configuration.connectTimeout = .seconds(5)
            configuration.statementTimeout = .seconds(120)
            configuration.lockTimeout = .seconds(60)
            return configuration
        }
    }

    /// Starts the server and waits until it answers.
    func start(within limit: Duration = patience) async throws {
        try await launch()
        try await wait("the server answers", within: limit) { (try? await self.rows("SELECT 1")) != nil }
    }

    /// Waits until the server has ended its recovery.
    func promoted() async throws {
        try await wait("the server is promoted") { try await self.value("SELECT pg_is_in_recovery()") == "f" }
    }

    /// Waits for something; a failure shows the server's log.
    private func wait(_ what: String, within limit: Duration = patience, _ body: () async throws -> Bool) async throws {
        do { try await eventually(what, within: limit, body) } catch { throw ClusterFailure("\(error)\n\(log)") }
    }

    /// Starts the server.
    func launch() async throws {
        let command =
            Self.asUser(death: "INT") + [
                program, "-D", data, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1",
            ]
        let started = try await ClusterProcess.launch("postgres", command, environment: Self.environment, log: logPath)
        process.withLock { $0 = started }
    }

    /// How the server's process ended; nil while it runs.
    var end: ClusterExit? { process.withLock { $0?.end } }

    /// Stops the server: SIGINT is a fast stop with a checkpoint, SIGQUIT an immediate one.
    func stop(_ signal: Int32 = SIGINT) async throws {
        guard let running = process.withLock({ $0 }) else { return }
        running.signal(signal)
        try await running.waitForEnd(within: patience)
    }

    /// Ends the server and all its children by SIGKILL.
    func kill() async {
        guard let running = process.withLock({ $0 }) else { return }
        running.signalFamily(SIGKILL)
        await running.kill()
    }

    /// Runs a program of PostgreSQL as its user.
    func run(_ program: String, _ arguments: [String], within limit: Duration = .seconds(120)) async throws {
        let end = try await ClusterProcess.run(
            program,
            Self.asUser(death: "KILL") + ["\(Self.programs)/\(program)"] + arguments,
            environment: Self.environment,
            log: logPath,
            within: limit
        )
        guard end == .code(0) else { throw ClusterFailure("\(program) failed (\(end)):\n\(log)") }
    }

    /// Runs another program as ourselves.
    func runAsRoot(_ program: String, _ arguments: [String]) async throws {
        let end = try await ClusterProcess.run(
            program,
            [program] + arguments,
            environment: Self.environment,
            log: logPath,
            within: .seconds(30)
        )
        guard end == .code(0) else { throw ClusterFailure("\(program) failed (\(end)):\n\(log)") }
    }

    /// Runs a script; the last statement's rows as text.
    @discardableResult
    func rows(_ sql: String) async throws -> [[String]] {
        let session = try await PostgresSession.connect(try configuration, on: loop)
        do {
            let results = try await session.simpleQuery(sql)
            await session.close()
            guard let last = results.last else { return [] }
            return try (0..<last.rowCount).map { row in
                try (0..<last.columnCount).map { last.isNull(row, $0) ? "" : try last.string(row, $0) }
            }
        } catch {
            await session.close()
            throw error
        }
    }

    /// The one value of a query.
    @discardableResult
    func value(_ sql: String) async throws -> String { try await rows(sql).first?.first ?? "" }

    private var logPath: String { "\(folder.path)/\(data.split(separator: "/").last ?? "server").log" }

    /// The end of the server's log.
    var log: String {
        let bytes = (try? RecoveryFolder.bytes(of: logPath)) ?? []
        return String(decoding: bytes.suffix(4_000), as: UTF8.self)
    }

    private static let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]

    private static func asUser(death signal: String) -> [String] {
        var words = ["/usr/bin/env", "--chdir=/"]
        if let user {
            words += ["/usr/bin/setpriv", "--reuid", "\(user.id)", "--regid", "\(user.group)", "--clear-groups"]
        }
        // A command of its own: the kernel forgets the death signal when the user changes.
        return words + ["/usr/bin/setpriv", "--pdeathsig", signal]
    }
}
