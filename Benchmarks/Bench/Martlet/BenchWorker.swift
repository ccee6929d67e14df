// SPDX-License-Identifier: Apache-2.0
// Martlet: a worker with handlers of the benchmark's own, built on the Jobs library as a user would build one.

import Jobs
import Logging
import Platform
import Postgres
import Redis
import ServiceLifecycle

/// The parts of a worker and how they hang together.
struct BenchWorker: Sendable {
    private let databaseURL: String
    private let redisURL: String
    private let prefix: String
    private let options: WorkerOptions
    private let logger: Logger

    init(databaseURL: String, redisURL: String, prefix: String, concurrency: Int, logger: Logger) {
        self.databaseURL = databaseURL
        self.redisURL = redisURL
        self.prefix = prefix
        self.logger = logger
        var options = WorkerOptions()
        options.concurrency = concurrency
        options.name = "bench"
        self.options = options
    }

    init(_ lab: Lab, database: String, prefix: String) {
        self.init(
            databaseURL: lab.surroundings.url(ofDatabase: database),
            redisURL: lab.surroundings.redisURL,
            prefix: prefix,
            concurrency: lab.options.concurrency,
            logger: lab.logger
        )
    }

    /// Works while `body` runs, then shuts down gracefully.
    func run<Value: Sendable>(_ handlers: [any JobHandler], _ body: () async throws -> Value) async throws -> Value {
        let loop = EventLoop(name: "worker")
        defer { loop.shutdown() }
        let queues = QueueDirectory()
        let completions = try pool("completions", loop)
        let upkeep = try pool("upkeep", loop)
        let redis = try RedisClient(configuration: RedisConfiguration(url: redisURL), logger: logger)
        let upkeepLedger = Ledger(pool: upkeep, queues: queues)
        let bus = Bus(client: redis, ledger: upkeepLedger, prefix: prefix, logger: logger)
        let worker = Worker(
            ledger: Ledger(pool: completions, queues: queues),
            upkeep: upkeepLedger,
            bus: bus,
            loop: loop,
            handlers: handlers,
            options: options,
            metrics: MetricsRegistry(),
            logger: logger
        )
        let services = ServiceGroup(services: [completions, upkeep, redis, bus, worker], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            do {
                let value = try await body()
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                return value
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    private func pool(_ name: String, _ loop: EventLoop) throws -> PostgresPool {
        var configuration = PostgresPoolConfiguration(try PostgresConfiguration(url: databaseURL), name: name)
        configuration.connection.applicationName = "martlet-bench/\(name)"
        configuration.connection.serverSettings = LedgerTuning.settings
        return PostgresPool(configuration, loops: [loop], logger: logger)
    }
}
