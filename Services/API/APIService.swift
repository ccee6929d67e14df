// SPDX-License-Identifier: Apache-2.0
// Martlet: the parts of martlet-api and how they hang together.

internal import Jobs
internal import Logging
internal import NIOPosix
internal import Platform
internal import Postgres
internal import Redis
internal import Resilience
internal import ServiceLifecycle
internal import Web

/// Everything that martlet-api consists of.
struct APIService: Sendable {
    static let name = "martlet-api"

    let settings: APISettings
    let logger: Logger
    /// The logs of the process; nil where somebody else has set them up.
    let sink: LogSink?
    let lifecycle: Lifecycle
    let health = HealthChecks()
    let metrics = MetricsRegistry()
    let pools: LedgerPools
    let redis: RedisClient
    let bus: Bus
    let publisher: BusPublisher
    let singles: EnqueueBatcher
    let keyed: EnqueueBatcher
    let batches: EnqueueBatcher
    let watch: CompletionWatch
    let figures: LedgerMetrics
    let traces: TracePipeline
    let lag: LoopLag
    let gate: LedgerGate

    /// Makes the parts from checked settings; nothing connects before `run()`.
    init(_ settings: APISettings, lifecycle: Lifecycle = Lifecycle(), logger given: Logger? = nil) throws {
        self.settings = settings
        self.lifecycle = lifecycle
        sink = given == nil ? Self.installLogs(settings) : nil
        let logger = given ?? Logger(label: Self.name)
        self.logger = logger
        traces = TracePipeline(settings.tracing, transport: OTLPClient(), registry: metrics, logger: logger)
        pools = try LedgerPools(settings, metrics: metrics, logger: logger)
        var server = try settings.requireRedis()
        server.observe(in: metrics)
        redis = try RedisClient(configuration: server, logger: logger)
        bus = Bus(
            client: redis,
            ledger: pools.reads,
            prefix: settings.redisPrefix,
            window: settings.busWindow,
            logger: logger
        )
        publisher = BusPublisher(bus: bus, ledger: pools.reads, logger: logger)
        let enqueued = EnqueueMetrics(metrics)
        let makeBatcher = { [bus, publisher] (ledger: Ledger) in
            EnqueueBatcher(ledger: ledger, bus: bus, publisher: publisher, metrics: enqueued, logger: logger)
        }
        singles = makeBatcher(pools.singles)
        keyed = makeBatcher(pools.keys)
        batches = makeBatcher(pools.batches)
        watch = CompletionWatch(ledger: pools.reads, bus: bus, logger: logger)
        figures = LedgerMetrics(pools.reads, in: metrics, logger: logger)
        lag = LoopLag(metrics, probes: [.ledger(pools.loop)] + LoopLag.Probe.io(MultiThreadedEventLoopGroup.singleton))
        gate = LedgerGate(batchConcurrency: settings.batchConcurrency, isReachable: pools.isReachable) { event in
            logger.warning("circuit changed", metadata: ["circuit": "\(event.name)", "to": "\(event.to.rawValue)"])
        }
        registerHealth()
        registerMetrics()
    }

    /// Serves until a signal.
    func run() async throws {
        if settings.keys.isEmpty {
            logger.warning("no API keys are set: anybody on this machine may use the API, and nobody else can reach it")
        }
        traces.install()
        let server = makeServer()
        let bootstrap = ServiceBootstrap(
            services: background + (sink.map { [LogLevelSignals($0)] } ?? []) + [server],
            logger: logger,
            settings: settings.shutdown,
            lifecycle: lifecycle
        )
        defer { pools.loop.shutdown() }
        try await bootstrap.run {
            guard await server.port() != nil else { return }
            try await SchemaCheck(settings, loop: pools.loop, logger: logger).waitUntilReady()
            lifecycle.advance(to: .ready)
        }
    }

    /// All that must run for the routes to work, in the order of the start; later ones use earlier ones.
    var background: [any Service] {
        traces.services + pools.all + [redis, bus, publisher, singles, keyed, batches, watch, figures, lag]
    }

    /// Brings the database to the newest schema.
    static func migrate(_ settings: APISettings) async throws {
        let logger = installLogs(settings).logger(label: name)
        let loop = EventLoop(name: "migrate")
        defer { loop.shutdown() }
        let applied = try await SchemaCheck(settings, loop: loop, logger: logger).migrate()
        logger.info("schema is up to date", metadata: ["applied": "\(applied)"])
    }

    /// The server with all routes.
    func makeServer() -> HTTPService {
        HTTPService(
            routes: makeRoutes(),
            settings: settings.http,
            keys: settings.keys,
            lifecycle: lifecycle,
            metrics: metrics,
            logger: logger,
            tracer: traces.recorder,
            translate: { ($0 as? JobsError)?.problem }
        )
    }

    private func makeRoutes() -> RouteTable {
        var routes = RouteTable()
        RootRoutes().add(to: &routes)
        EnqueueRoutes(singles: singles, keyed: keyed, batches: batches, reads: pools.reads, gate: gate).add(to: &routes)
        JobRoutes(ledger: pools.reads, watch: watch, bus: bus, gate: gate).add(to: &routes)
        ListRoutes(ledger: pools.reads, gate: gate).add(to: &routes)
        StatsRoutes(ledger: pools.reads, gate: gate).add(to: &routes)
        BackupRoutes(ledger: pools.reads, gate: gate).add(to: &routes)
        if settings.hasBenchmarkRoutes { BenchmarkRoutes().add(to: &routes) }
        OperationsRoutes(health: health, lifecycle: lifecycle, metrics: metrics).add(to: &routes)
        ProblemRoutes().add(to: &routes)
        return routes
    }

    private static func installLogs(_ settings: APISettings) -> LogSink {
        let sink = LogSink(service: name, settings: settings.logging)
        sink.install()
        return sink
    }
}
