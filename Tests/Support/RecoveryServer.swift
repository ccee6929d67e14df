// SPDX-License-Identifier: Apache-2.0
// Martlet: a private PostgreSQL server with page checksums that may archive, be killed, damaged and restored.

public import Glibc
public import Postgres
import Synchronization

/// A server on a free port of 127.0.0.1; fsync is on, segments have 1 MiB unless told otherwise.
public final class RecoveryServer: Sendable {
    /// The folder of `initdb` and `postgres`, of version 15 or later; empty when there is none.
    public static let programs =
        (15...20).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        .first { access("\($0)/initdb", X_OK) == 0 } ?? ""

    /// PostgreSQL's user when we are root, which it refuses to be.
    public static let user: (id: uid_t, group: gid_t)? =
        geteuid() == 0 ? getpwnam("postgres").map { ($0.pointee.pw_uid, $0.pointee.pw_gid) } : nil

    /// Why it can't be used here, or nil.
    public static let obstacle: String? = {
        if programs.isEmpty { return "the server of PostgreSQL 15 or later is not installed" }
        for tool in ["\(programs)/postgres", "/usr/bin/setpriv"] where access(tool, X_OK) != 0 {
            return "\(tool) is missing"
        }
        return geteuid() == 0 && user == nil ? "there is no user postgres" : nil
    }()

    /// The whole environment of the server and of PostgreSQL's other programs.
    public static let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]

    /// Where its logs lie.
    public let folder: RecoveryFolder
    /// Its data folder.
    public let data: String
    /// Its port on 127.0.0.1.
    public let port: Int
    /// Where sessions with it run.
    public let loop = EventLoop(name: "recovery-test")
    private let program: String
    private let process = Mutex<ClusterProcess?>(nil)

    /// A server on what is there, such as a restored folder.
    ///
    /// - Parameters:
    ///   - port: A free one by default.
    ///   - program: `postgres`, the installed one by default.
    public init(_ folder: RecoveryFolder, data: String, port: Int? = nil, program: String? = nil) throws {
        self.folder = folder
        self.program = program ?? "\(Self.programs)/postgres"
        self.data = data
        self.port = try port ?? ClusterPort.free()
    }

    deinit { loop.shutdown() }

    /// A new cluster.
    ///
    /// - Parameters:
    ///   - name: Of the data folder, which is made; one that nothing has by default.
    ///   - settings: Lines of the server's configuration beside the usual ones.
    public static func make(
        in folder: RecoveryFolder,
        name: String = "data-\(UInt32.random(in: 0 ... .max))",
        segmentMiB: Int = 1,
        settings: [String] = []
    ) async throws -> RecoveryServer {
        let server = try RecoveryServer(folder, data: try folder.make(name))
        try await server.run(
            "initdb",
            [
                "-D", server.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-k",
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
        try RecoveryFolder.write(Array(conf.utf8), to: "\(server.data)/postgresql.conf")
        return server
    }

    /// Starts the server and waits until it answers.
    public func start(within limit: Duration = patience) async throws {
        try await launch()
        try await wait("the server answers", within: limit) { (try? await self.rows("SELECT 1")) != nil }
    }

    /// Starts the server, lends it, and ends it in any case.
    public func lend<Value>(_ body: (RecoveryServer) async throws -> Value) async throws -> Value {
        do {
            try await start()
            let value = try await body(self)
            await kill()
            return value
        } catch {
            await kill()
            throw error
        }
    }

    /// Waits until the server has ended its recovery: a restored one is readable before it has reached its target.
    public func promoted() async throws {
        try await wait("the server is promoted") { try await self.value("SELECT pg_is_in_recovery()") == "f" }
    }

    /// Waits until everything written so far is archived.
    public func archived() async throws {
        let last = try await value("SELECT pg_walfile_name(pg_switch_wal())")
        try await wait("\(last) is archived") {
            try await self.value("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver") >= last
        }
    }

    /// Waits for something; a failure shows the server's log.
    private func wait(_ what: String, within limit: Duration = patience, _ body: () async throws -> Bool) async throws {
        do { try await eventually(what, within: limit, body) } catch { throw ClusterFailure("\(error)\n\(log)") }
    }

    /// Starts the server.
    public func launch() async throws {
        let command = Self.asUser(
            [program, "-D", data, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1"],
            death: "INT"
        )
        let started = try await ClusterProcess.launch("postgres", command, environment: Self.environment, log: logPath)
        process.withLock { $0 = started }
    }

    /// How the server's process ended; nil while it runs.
    public var end: ClusterExit? { process.withLock { $0?.end } }

    /// Stops the server: SIGINT is a fast stop with a checkpoint, SIGQUIT an immediate one.
    public func stop(_ signal: Int32 = SIGINT) async throws {
        guard let running = process.withLock({ $0 }) else { return }
        running.signal(signal)
        try await running.waitForEnd(within: patience)
    }

    /// Ends the server and all its children by SIGKILL.
    public func kill() async {
        guard let running = process.withLock({ $0 }) else { return }
        running.signalFamily(SIGKILL)
        await running.kill()
    }

    private var logPath: String { "\(folder.path)/\(data.split(separator: "/").last ?? "server").log" }

    /// The end of the server's log.
    public var log: String {
        let bytes = (try? RecoveryFolder.bytes(of: logPath)) ?? []
        return String(decoding: bytes.suffix(4_000), as: UTF8.self)
    }

    /// Runs a program of PostgreSQL as its user.
    public func run(_ program: String, _ arguments: [String], within limit: Duration = .seconds(120)) async throws {
        try await succeed(Self.asUser(["\(Self.programs)/\(program)"] + arguments, death: "KILL"), within: limit)
    }

    /// Runs another program as ourselves.
    public func runAsRoot(_ program: String, _ arguments: [String]) async throws {
        try await succeed([program] + arguments, within: .seconds(30))
    }

    private func succeed(_ command: [String], within limit: Duration) async throws {
        let name = command.last { $0.contains("/bin/") } ?? "program"
        let end = try await ClusterProcess.run(
            name,
            command,
            environment: Self.environment,
            log: logPath,
            within: limit
        )
        guard end == .code(0) else { throw ClusterFailure("\(name) failed (\(end)):\n\(log)") }
    }

    /// A command as PostgreSQL's user, which gets a signal when the tests end.
    public static func asUser(_ command: [String], death signal: String) -> [String] {
        var words = ["/usr/bin/env", "--chdir=/"]
        if let user {
            words += ["/usr/bin/setpriv", "--reuid", "\(user.id)", "--regid", "\(user.group)", "--clear-groups"]
        }
        // A command of its own: the kernel forgets the death signal when the user changes.
        return words + ["/usr/bin/setpriv", "--pdeathsig", signal] + command
    }

    /// Gives a file or folder to PostgreSQL's user.
    public static func own(_ path: String) {
        if let user { chown(path, user.id, user.group) }
    }
}
