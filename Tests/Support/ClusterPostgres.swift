// SPDX-License-Identifier: Apache-2.0
// Martlet: a private, durable PostgreSQL server that a test may stop in any way.

import Glibc
import Postgres
import Synchronization

/// The ledger's server: fsync and synchronous_commit are on.
public final class ClusterPostgres: Sendable {
    /// How to stop the server.
    public enum Stop: String, Sendable, CaseIterable {
        /// Ends all sessions and writes a checkpoint.
        case fast
        /// Drops everything; the next start recovers from the log.
        case immediate

        var signal: Int32 { self == .fast ? SIGINT : SIGQUIT }
    }

    /// The port on 127.0.0.1.
    public let port: Int
    private let programs: ClusterPrograms
    private let folder: ClusterFolder
    private let process = Mutex<ClusterProcess?>(nil)
    private let loop = EventLoop(name: "cluster")

    private var data: String { "\(folder.path)/postgres" }
    private var environment: [String: String] {
        ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]
    }

    /// Copies a fresh data folder to the cluster's; the template is made once per process.
    init(_ programs: ClusterPrograms, folder: ClusterFolder) async throws {
        self.programs = programs
        self.folder = folder
        port = try ClusterPort.free()
        let template = try await ClusterTemplate.shared.path(programs)
        let copy = try await ClusterProcess.run(
            "cp",
            ["/bin/cp", "-a", template, data],
            log: folder.log("initdb"),
            within: .seconds(60)
        )
        guard copy == .code(0) else { throw ClusterFailure("the data folder can't be copied") }
        try ClusterFolder.write(
            """
            listen_addresses = '127.0.0.1'
            port = \(port)
            unix_socket_directories = ''
            max_connections = 60
            shared_buffers = 64MB
            max_wal_size = 1GB
            fsync = on
            synchronous_commit = on
            log_line_prefix = '%m [%p] %q%a '
            log_min_duration_statement = 2s
            """,
            to: "\(data)/postgresql.conf"
        )
    }

    deinit { loop.shutdown() }

    /// The URL of a database.
    public func url(_ database: String = "martlet") -> String {
        "postgres://postgres@127.0.0.1:\(port)/\(database)"
    }

    /// Whether the server process runs.
    public var isRunning: Bool { process.withLock { $0.map { $0.end == nil } ?? false } }

    /// Starts the server and waits until it answers.
    public func start() async throws {
        let command =
            programs.prefix(death: "INT", in: folder, asServer: true) + ["\(programs.postgres)/postgres", "-D", data]
        let started = try await ClusterProcess.launch(
            "postgres",
            command,
            environment: environment,
            log: folder.log("postgres")
        )
        process.withLock { $0 = started }
        _ = try await rows("SELECT 1", in: "postgres", within: .seconds(60))
    }

    /// Stops the server and waits for its end.
    public func stop(_ way: Stop) async throws {
        guard let running = process.withLock({ $0 }) else { return }
        running.signal(way.signal)
        try await running.waitForEnd(within: .seconds(30))
    }

    /// Stops or continues the server and all its children, by a signal.
    public func signalAll(_ number: Int32) throws {
        guard let running = process.withLock({ $0 }) else { throw ClusterFailure("the server does not run") }
        running.signalFamily(number)
    }

    /// Ends the server whatever it takes.
    func end() async {
        do { try await stop(.immediate) } catch { await process.withLock({ $0 })?.kill() }
    }

    /// Runs a script and returns the last statement's rows as text, NULL as nil.
    ///
    /// Connects anew each time, and tries again while the server is away: a script must not mind being run twice.
    @discardableResult
    public func rows(
        _ sql: String,
        in database: String = "martlet",
        within limit: Duration = .seconds(30)
    ) async throws -> [[String?]] {
        let deadline = ContinuousClock.now + limit
        while true {
            do {
                return try await attempt(sql, database)
            } catch {
                // What the server refused will be refused again; all else may pass.
                if let state = error.sqlState, !["57", "08", "53", "25", "40"].contains(state.prefix(2)) {
                    throw error
                }
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// The one number that a query gives.
    public func number(_ sql: String) async throws -> Int {
        try await rows(sql).first?.first.flatMap { $0.flatMap { Int($0) } } ?? 0
    }

    private func attempt(_ sql: String, _ database: String) async throws(PostgresError) -> [[String?]] {
        var configuration = try PostgresConfiguration(url: url(database))
        configuration.applicationName = "harness"
        configuration.connectTimeout = .seconds(2)
        let session = try await PostgresSession.connect(configuration, on: loop)
        do throws(PostgresError) {
            let results = try await session.simpleQuery(sql)
            await session.close()
            guard let last = results.last else { return [] }
            var rows: [[String?]] = []
            for row in 0..<last.rowCount {
                var columns: [String?] = []
                for column in 0..<last.columnCount {
                    columns.append(last.isNull(row, column) ? nil : try last.string(row, column))
                }
                rows.append(columns)
            }
            return rows
        } catch {
            await session.close()
            throw error
        }
    }
}
