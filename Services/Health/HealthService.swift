// SPDX-License-Identifier: Apache-2.0
// Martlet: the wiring of martlet-health.

internal import FoundationEssentials
internal import Health
internal import Jobs
internal import Logging
internal import NIOPosix
internal import Platform
internal import Postgres
internal import Redis
internal import ServiceLifecycle
internal import Web

/// Puts the rooms together and runs them.
struct HealthService {
    private let settings: HealthSettings

    init(_ settings: HealthSettings) { self.settings = settings }

    func run() async throws {
        guard let database = settings.database, var redis = settings.redis else { return }
        let sink = LogSink(service: "martlet-health", version: BuildInfo.current.version, settings: settings.logging)
        sink.install()
        let logger = sink.logger(label: "martlet-health")
        let (registry, lifecycle, loop) = (MetricsRegistry(), Lifecycle(), EventLoop(name: "ledger"))
        let traces = TracePipeline(settings.tracing, transport: OTLPClient(), registry: registry, logger: logger)
        traces.install()
        let resources = ProbeResources(group: MultiThreadedEventLoopGroup.singleton)
        // Short limits: what the ledger does not take within seconds is told without it.
        let records = Self.pool(database, "health", connections: 2, limit: .seconds(2), loop, registry, logger)
        let completions = Self.pool(
            database,
            "completions",
            connections: 1,
            limit: .seconds(10),
            loop,
            registry,
            logger
        )
        // What works on whole hours at once may take its time, and keeps nobody else waiting.
        let history = Self.pool(database, "history", connections: 1, limit: .seconds(60), loop, registry, logger)
        let store = HealthStore(pool: records, bulk: history)
        let source = ConfigurationSource(
            path: settings.file,
            apiURL: settings.apiURL,
            reader: ConfigurationReader(
                store: store,
                resources: resources,
                environment: ProcessInfo.processInfo.environment
            )
        )
        let (configuration, mark) = try source.readFirst()

        let queues = QueueDirectory()
        let ledger = Ledger(pool: completions, queues: queues, relayDeadline: settings.relayDeadline)
        redis.observe(in: registry)
        let client = try RedisClient(configuration: redis, logger: logger)
        let bus = Bus(
            client: client,
            ledger: ledger,
            prefix: settings.redisPrefix,
            window: settings.busWindow,
            logger: logger
        )
        let port = settings.http.port
        let engine = HealthEngine(
            configuration,
            place: .init(
                location: settings.location,
                address: settings.address ?? "http://\(HostName.current):\(port)"
            ),
            store: store,
            ledger: ledger,
            resources: resources,
            metrics: registry,
            logger: logger
        )
        let desk = SubscriptionDesk(engine: engine, ledger: ledger, resources: resources, logger: logger)
        // Operators do not wait behind subscribers, nor mails behind strangers' servers.
        let crews: [([any JobHandler], WorkerOptions)] = [
            ([engine.handler], settings.worker), (desk.handlers, settings.subscribers.mails),
            (desk.webhookHandlers, settings.subscribers.webhooks),
        ]
        let workers = crews.map { handlers, options in
            Worker(
                ledger: ledger,
                upkeep: ledger,
                bus: bus,
                loop: loop,
                handlers: handlers,
                options: options,
                metrics: registry,
                tracer: traces.recorder,
                logger: logger
            )
        }
        let health = HealthChecks()
        health.register(HealthCheck.ledger(records))
        health.register(HealthCheck.schema(records))
        health.register(.bus(bus))
        health.register(.disk())
        health.register(.memory())
        ProcessMetrics.register(in: registry, service: "martlet-health")
        sink.register(in: registry)
        for pool in [records, history, completions] { registry.show(pool) }
        registry.show(client)
        registry.show(bus)
        registry.gauge("martlet_jobs_running", help: "Jobs that this worker runs now") {
            Double(workers.reduce(0) { $0 + $1.running })
        }
        let lag = LoopLag(registry, probes: [.ledger(loop)] + LoopLag.Probe.io(MultiThreadedEventLoopGroup.singleton))
        var routes = RouteTable()
        OperationsRoutes(health: health, lifecycle: lifecycle, metrics: registry, keys: settings.keys).add(to: &routes)
        ProblemRoutes([SubscriptionRoutes.tooMany]).add(to: &routes)
        PageRoutes().add(to: &routes)
        PublicRoutes(engine: engine).add(to: &routes)
        CheckRoutes(engine: engine).add(to: &routes)
        IncidentRoutes(engine: engine).add(to: &routes)
        EventRoutes(engine: engine).add(to: &routes)
        MaintenanceRoutes(engine: engine).add(to: &routes)
        OperatorRoutes(engine: engine).add(to: &routes)
        SubscriptionRoutes(engine: engine, desk: desk, logger: logger).add(to: &routes)
        ReportRoutes(engine: engine, keys: settings.keys).add(to: &routes)
        let http = HTTPService(
            routes: routes,
            settings: settings.http,
            keys: settings.keys,
            lifecycle: lifecycle,
            metrics: registry,
            logger: logger,
            tracer: traces.recorder,
            compressesAnswers: true,
            translate: HealthProblems.translate
        )
        let reload = ConfigurationReload(source: source, mark: mark, engine: engine, logger: logger)
        try await ServiceBootstrap(
            services: traces.services + [
                records, history, completions, client, bus, lag, LogLevelSignals(sink), http,
            ]
                + workers
                + engine.services + desk.services
                + [reload],
            logger: logger,
            settings: settings.shutdown,
            lifecycle: lifecycle
        ).run()
        await resources.shutdown()
        loop.shutdown()
    }

    private static func pool(
        _ database: PostgresConfiguration,
        _ name: String,
        connections: Int,
        limit: Duration,
        _ loop: EventLoop,
        _ registry: MetricsRegistry,
        _ logger: Logger
    ) -> PostgresPool {
        var configuration = PostgresPoolConfiguration(database, name: name, connections: connections)
        configuration.connection.applicationName = "martlet-health"
        configuration.connection.serverSettings = LedgerTuning.settings
        configuration.connection.statementTimeout = limit
        configuration.connection.silenceMargin = .seconds(1)
        configuration.acquireTimeout = .seconds(1)
        // Its return is news that people wait for.
        configuration.maxBackoff = .seconds(1)
        configuration.observe(in: registry)
        return PostgresPool(configuration, loops: [loop], logger: logger)
    }
}
