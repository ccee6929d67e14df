// SPDX-License-Identifier: Apache-2.0
// Martlet: what all measurements share: the servers, a folder, an event loop for load, and a database to copy.

import Glibc
import Logging
import NIOCore
import NIOPosix
import Postgres
import Redis
import ServiceLifecycle

/// The place where measurements are made.
struct Lab: Sendable {
    let surroundings: Surroundings
    let options: BenchOptions
    /// A session on the administrator's database; none of its statements are counted in a measured one.
    let admin: PostgresSession
    let redis: RedisClient
    /// Carries our own connections to PostgreSQL.
    let loop: Postgres.EventLoop
    /// One thread for all HTTP load, so that the load takes no more than it must of the machine.
    let group: MultiThreadedEventLoopGroup
    /// Logs of what was started; removed at the end.
    let folder: ScratchFolder
    let logger: Logger
    /// Where telemetry goes; nil where none is to be sent.
    var telemetry: TelemetrySink?
    /// Whether a worker that serves no queue stands beside every API: one leads, and keeps house, wherever jobs are taken.
    var hasIdleWorker = false

    /// A database with Martlet's schema and nothing else; every round works on a copy.
    static let template = "martlet_bench_template"

    /// Sets everything up, and clears it away afterwards.
    static func with(
        _ surroundings: Surroundings,
        _ options: BenchOptions,
        _ body: @escaping @Sendable (Lab) async throws -> Void
    ) async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let logger = Logger(label: "martlet-bench") { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .error
            return handler
        }
        let loop = Postgres.EventLoop(name: "bench")
        defer { loop.shutdown() }
        var configuration = try PostgresConfiguration(url: surroundings.databaseURL)
        configuration.applicationName = "martlet-bench"
        configuration.statementTimeout = .zero
        let admin = try await PostgresSession.connect(configuration, on: loop)
        let redis = try RedisClient(configuration: RedisConfiguration(url: surroundings.redisURL), logger: logger)
        let lab = Lab(
            surroundings: surroundings,
            options: options,
            admin: admin,
            redis: redis,
            loop: loop,
            group: MultiThreadedEventLoopGroup(numberOfThreads: 1),
            folder: folder,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            defer { group.cancelAll() }
            try await lab.prepare()
            try await body(lab)
            try await lab.clear()
        }
        await admin.close()
        try await lab.group.shutdownGracefully()
    }

    /// Refuses servers that hold anything, and makes the template.
    private func prepare() async throws {
        let keys = try await redis.send(RedisCommand("DBSIZE")).int ?? 0
        guard keys == 0 else {
            throw BenchError(.surroundings, "the Redis holds \(keys) keys; the benchmark needs one of its own")
        }
        try await dropDatabases()
        try await admin.simpleQuery("CREATE DATABASE \(Self.template)")
        let migration = try ChildProcess.spawn(
            "\(surroundings.programs)/martlet-api",
            ["migrate"],
            environment: serviceEnvironment(database: Self.template, prefix: "template"),
            output: folder.path("migrate.log")
        )
        guard try await migration.end(within: .seconds(60)) == 0 else {
            throw BenchError(.program, "the migration failed:\n\(folder.tail("migrate.log"))")
        }
    }

    /// Leaves the servers as they were found.
    private func clear() async throws {
        try await dropDatabases()
        _ = try await redis.send(RedisCommand("FLUSHALL"))
    }

    /// Removes what this or an interrupted run has left.
    private func dropDatabases() async throws {
        let found = try await admin.simpleQuery(
            "SELECT datname FROM pg_database WHERE datname LIKE 'martlet\\_bench\\_%'"
        )
        guard let result = found.last else { return }
        for row in 0..<result.rowCount {
            try await admin.simpleQuery("DROP DATABASE \(try result.string(row, 0)) WITH (FORCE)")
        }
    }

    /// The whole environment of one of Martlet's programs.
    func serviceEnvironment(database: String, prefix: String) -> [String: String] {
        var environment = surroundings.settings
        environment["PATH"] = "/usr/bin:/bin"
        environment["DATABASE_URL"] = surroundings.url(ofDatabase: database)
        environment["REDIS_URL"] = surroundings.redisURL
        environment["MARTLET_REDIS_PREFIX"] = prefix
        if let telemetry { environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:\(telemetry.port)" }
        return environment
    }
}
