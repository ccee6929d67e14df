// SPDX-License-Identifier: Apache-2.0
// Martlet: a whole installation of a test's own: PostgreSQL, Redis, APIs and workers as real processes.

import Glibc

/// Real processes on free ports of 127.0.0.1, with short timings; they die with the test process, however that ends.
///
/// ```swift
/// let cluster = try await Cluster.start()
/// await cluster.workers[0].kill()
/// await cluster.end()
/// ```
public final class Cluster: Sendable {
    /// The lease of running jobs in it.
    public static let lease: Duration = .seconds(2)
    /// How long a job may be on its way to a worker unheard of.
    public static let relayDeadline: Duration = .seconds(3)

    /// The ledger's server.
    public let postgres: ClusterPostgres
    /// The bus' server.
    public let redis: ClusterRedis
    /// Two APIs.
    public let apis: [ClusterService]
    /// Two workers, `worker-1` and `worker-2`.
    public let workers: [ClusterService]
    private let programs: ClusterPrograms
    private let folder: ClusterFolder

    private var services: [ClusterService] { apis + workers }

    /// The folder of everything in it, which goes with it.
    public var path: String { folder.path }

    private init(_ programs: ClusterPrograms) async throws {
        self.programs = programs
        folder = try ClusterFolder()
        postgres = try await ClusterPostgres(programs, folder: folder)
        redis = try ClusterRedis(programs, folder: folder)
        let folder = folder
        let common = Self.environment.merging([
            "DATABASE_URL": postgres.url(), "REDIS_URL": redis.url, "MARTLET_BIND": "127.0.0.1",
            "MARTLET_RELAY_DEADLINE": "3s", "MARTLET_SHUTDOWN_TIMEOUT": "8s",
            "MARTLET_ACCESS_LOG": "errors",
            "LOG_FORMAT": "text", "LOG_LEVEL": "debug",
        ]) { _, new in new }
        let prefix = programs.prefix(death: "KILL", in: folder)
        let api = common.merging(["MARTLET_DRAIN_DELAY": "800ms", "MARTLET_DATABASE_TIMEOUT": "5s"]) {
            _,
            new in new
        }
        apis = try (1...2).map {
            try ClusterService(
                "api-\($0)",
                command: prefix + [programs.api],
                environment: api,
                folder: folder
            )
        }
        workers = try (1...2).map { number in
            // The limit of losses is out of the way of tests that kill workers again and again.
            let worker = common.merging([
                "MARTLET_LEASE": "2s", "MARTLET_CONCURRENCY": "32", "MARTLET_DRAIN_TIMEOUT": "1s",
                "MARTLET_MAX_LOSSES": "100", "MARTLET_WORKER_NAME": "worker-\(number)",
                "MARTLET_ALLOW_CRASH_JOBS": "true",
            ]) { _, new in new }
            return try ClusterService(
                "worker-\(number)",
                command: prefix + [programs.worker],
                environment: worker,
                folder: folder
            )
        }
    }

    /// Makes a cluster, migrates its database, and starts everything.
    public static func start() async throws -> Cluster {
        let cluster = try await Cluster(ClusterPrograms.found.get())
        do {
            try await cluster.postgres.start()
            try await cluster.postgres.rows("CREATE DATABASE martlet", in: "postgres")
            try await cluster.redis.start()
            let end = try await cluster.migrate("martlet")
            guard end == .code(0) else { throw ClusterFailure("the migration failed: \(end)") }
            for service in cluster.services { try await service.start() }
            try await cluster.warmUp()
        } catch {
            let report = cluster.report()
            await cluster.end()
            throw ClusterFailure("the cluster did not start: \(error)\n\(report)")
        }
        return cluster
    }

    /// Runs `martlet-api migrate` on a database.
    public func migrate(_ database: String) async throws -> ClusterExit {
        var environment = Self.environment
        environment["DATABASE_URL"] = postgres.url(database)
        environment["LOG_FORMAT"] = "text"
        return try await ClusterProcess.run(
            "migrate",
            programs.prefix(death: "KILL", in: folder) + [programs.api, "migrate"],
            environment: environment,
            log: folder.log("migrate"),
            within: .seconds(60)
        )
    }

    /// Starts another program of the build on the cluster's servers; whoever asks for it ends it.
    public func launch(_ program: String, _ settings: [String: String], verb: String? = nil) async throws
        -> ClusterProcess
    {
        let servers = ["DATABASE_URL": postgres.url(), "REDIS_URL": redis.url]
        return try await ClusterProcess.launch(
            program,
            programs.prefix(death: "KILL", in: folder) + [programs.path(of: program)] + [verb].compactMap(\.self),
            environment: Self.environment.merging(servers) { $1 }.merging(settings) { $1 },
            log: folder.log(program)
        )
    }

    /// Starts any program in the cluster's folder; it ends with the tests.
    public func launch(path: String, _ arguments: [String]) async throws -> ClusterProcess {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try await ClusterProcess.launch(
            name,
            programs.prefix(death: "KILL", in: folder) + [path] + arguments,
            environment: Self.environment,
            log: folder.log(name)
        )
    }

    /// Writes a file into the cluster's folder.
    ///
    /// - Returns: Its path.
    public func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    /// Writes a file of bytes into the cluster's folder.
    ///
    /// - Returns: Its path.
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = "\(folder.path)/\(name)"
        guard let file = fopen(path, "w") else { throw ClusterFailure("can't write \(path)") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw ClusterFailure("can't write \(path)") }
        return path
    }

    /// Runs a command to its end and returns what it printed.
    public func output(of command: [String]) async throws -> String {
        let log = folder.log("command-\(UInt32.random(in: 0...UInt32.max))")
        let end = try await ClusterProcess.run(
            "command",
            command,
            environment: Self.environment,
            log: log,
            within: .seconds(30)
        )
        let text = ClusterFolder.end(of: log, bytes: 65_536)
        guard end == .code(0) else { throw ClusterFailure("\(command) ended with \(end): \(text)") }
        return text
    }

    /// Throws when a process has ended that nobody ended: a test leaves all of them running, its own victims included.
    public func demandAlive() throws {
        for service in services {
            if let end = service.process?.end { throw ClusterFailure("\(service.name) has ended by itself: \(end)") }
        }
    }

    /// Puts everything back as `start()` left it, apart from what the ledger holds.
    public func restore() async throws {
        redis.resume()
        if !postgres.isRunning { try await postgres.start() }
        if !redis.isRunning { try await redis.start() }
        for service in services where !service.isStandard {
            await service.kill()
            try await service.start()
        }
        try await warmUp()
    }

    /// Waits until all are ready and on the bus, and has a job run through each API.
    private func warmUp() async throws {
        for service in services { try await service.waitUntilReady() }
        for api in apis { _ = try await api.exchange(.job("noop", args: "{}")) }
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            var isWarm = try await postgres.number("SELECT count(*) FROM job_live") == 0
            for service in services where isWarm {
                isWarm = try await service.metric("martlet_bus_connected") == 1
            }
            if isWarm, try await !redis.streams().isEmpty { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ClusterFailure("the cluster does not run jobs over the bus")
    }

    /// Ends all processes.
    public func end() async {
        for service in services { await service.kill() }
        await redis.kill()
        await postgres.end()
    }

    /// Forgets the template that clusters are copied from.
    public static func forget() async { await ClusterTemplate.shared.remove() }

    /// The end of every log and the state of every process, for the report of a failure.
    public func report(lines: Int = 25) -> String {
        let names = ["postgres", "redis", "migrate"] + services.map(\.name)
        var text = ""
        for name in names {
            let process = services.first { $0.name == name }?.process
            let state =
                process.map { process in process.end.map { "\($0)" } ?? "pid \(process.pid)" } ?? ""
            text += "--- \(name) \(state)\n\(folder.tail(name, lines: lines))\n"
        }
        return text
    }

    /// What our programs need of the tests' own environment: the runtime's libraries, when they are not found otherwise.
    private static var environment: [String: String] {
        // A backtrace of each job that crashes on purpose takes seconds.
        var environment = ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no", "TZ": "UTC"]
        if let path = getenv("LD_LIBRARY_PATH") {
            environment["LD_LIBRARY_PATH"] = String(cString: path)
        }
        return environment
    }
}
