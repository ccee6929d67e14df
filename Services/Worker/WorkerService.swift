// SPDX-License-Identifier: Apache-2.0
// Martlet: the wiring of martlet-worker.

internal import Jobs
internal import Logging
internal import NIOPosix
internal import Platform
internal import Postgres
internal import Redis
internal import ServiceLifecycle
internal import Web

/// Puts the rooms together and runs them.
struct WorkerService {
    private let settings: WorkerSettings

    init(_ settings: WorkerSettings) {
        self.settings = settings
    }

    func run() async throws {
        guard let database = settings.database, var redis = settings.redis else { return }
        let sink = LogSink(service: "martlet-worker", version: BuildInfo.version, settings: settings.logging)
        sink.install()
        let logger = sink.logger(label: "martlet-worker")
        let registry = MetricsRegistry()
        let traces = TracePipeline(settings.tracing, transport: OTLPClient(), registry: registry, logger: logger)
        traces.install()
        let lifecycle = Lifecycle()
        let loop = EventLoop(name: "ledger")
        let queues = QueueDirectory()
        let completions = Self.pool(database, "completions", connections: 2, loop, registry, logger)
        let upkeep = Self.pool(database, "upkeep", connections: 2, loop, registry, logger)
        let ledger = Ledger(pool: completions, queues: queues, relayDeadline: settings.relayDeadline)
        let upkeepLedger = Ledger(pool: upkeep, queues: queues, relayDeadline: settings.relayDeadline)
        redis.observe(in: registry)
        let client = try RedisClient(configuration: redis, logger: logger)
        let bus = Bus(
            client: client,
            ledger: upkeepLedger,
            prefix: settings.redisPrefix,
            window: settings.busWindow,
            logger: logger
        )
        let kinds = BuiltInKinds.makeHandlers(
            settings: settings.kinds,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        let worker = Worker(
            ledger: ledger,
            upkeep: upkeepLedger,
            bus: bus,
            loop: loop,
            handlers: kinds.handlers,
            options: settings.options,
            metrics: registry,
            tracer: traces.recorder,
            logger: logger
        )

        let health = HealthChecks()
        health.register(.database(upkeep))
        health.register(.bus(bus))
        health.register(.disk())
        health.register(.memory())
        ProcessMetrics.register(in: registry, service: "martlet-worker")
        sink.register(in: registry)
        registry.gauge("martlet_jobs_running", help: "Jobs that this worker runs now") { Double(worker.running) }
        for pool in [completions, upkeep] { registry.show(pool) }
        registry.show(client)
        registry.show(bus)
        let lag = LoopLag(registry, probes: [.ledger(loop)] + LoopLag.Probe.io(MultiThreadedEventLoopGroup.singleton))
        var routes = RouteTable()
        OperationsRoutes(health: health, lifecycle: lifecycle, metrics: registry).add(to: &routes)
        let http = HTTPService(
            routes: routes,
            settings: settings.http,
            lifecycle: lifecycle,
            metrics: registry,
            logger: logger,
            tracer: traces.recorder
        )

        try await ServiceBootstrap(
            services: traces.services + [completions, upkeep, client, bus, lag, LogLevelSignals(sink), http, worker],
            logger: logger,
            settings: settings.shutdown,
            lifecycle: lifecycle
        ).run()
        await kinds.shutdown()
        loop.shutdown()
    }

    /// The planner must not be led astray by statistics of tables that were empty a moment ago: every statement of a worker is a walk along an index.
    private static func pool(
        _ database: PostgresConfiguration,
        _ name: String,
        connections: Int,
        _ loop: EventLoop,
        _ registry: MetricsRegistry,
        _ logger: Logger
    ) -> PostgresPool {
        var configuration = PostgresPoolConfiguration(database, name: name, connections: connections)
        configuration.connection.applicationName = "martlet-worker"
        configuration.connection.serverSettings = LedgerTuning.settings
        configuration.observe(in: registry)
        return PostgresPool(configuration, loops: [loop], logger: logger)
    }
}
