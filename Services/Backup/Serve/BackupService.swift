// SPDX-License-Identifier: Apache-2.0
// Martlet: the wiring of `martlet-backup serve`.

internal import Logging
internal import NIOPosix
internal import Platform
internal import Postgres
internal import Recovery
internal import ServiceLifecycle
internal import Web

/// Puts the rooms together and runs them.
struct BackupService {
    private let settings: BackupSettings
    private let reread: @Sendable () throws -> BackupSettings

    /// Takes the settings, and how to read them again.
    init(_ settings: BackupSettings, reread: @escaping @Sendable () throws -> BackupSettings) {
        self.settings = settings
        self.reread = reread
    }

    func run() async throws {
        let sink = LogSink(service: "martlet-backup", version: BuildInfo.current.version, settings: settings.logging)
        sink.install()
        let logger = sink.logger(label: "martlet-backup")
        try await RunContext.with(settings, logger) { context in try await run(context, sink) }
    }

    private func run(_ context: RunContext, _ sink: LogSink) async throws {
        let (registry, lifecycle, log) = (MetricsRegistry(), Lifecycle(), RunLog())
        let live = LiveSettings(settings, pace: context.pace, logger: context.logger, reread: reread)
        var context = context
        context.metrics = registry
        let health = HealthChecks()
        let stores = StoreWatch(context, registry)
        health.register(.store(stores))
        health.register(.runs(log))
        health.register(.disk())
        health.register(.memory())
        ProcessMetrics.register(in: registry, service: "martlet-backup")
        sink.register(in: registry)
        var routes = RouteTable()
        OperationsRoutes(health: health, lifecycle: lifecycle, metrics: registry, keys: settings.apiKeys).add(
            to: &routes
        )
        ProblemRoutes([BackupRoutes.storeUnavailable]).add(to: &routes)
        BackupRoutes(context: context).add(to: &routes)
        RunRoutes(live: live, log: log).add(to: &routes)
        let http = HTTPService(
            routes: routes,
            settings: settings.http,
            keys: settings.apiKeys,
            lifecycle: lifecycle,
            metrics: registry,
            logger: context.logger
        )
        let glance = CatalogueGlance()
        let receiver = settings.receiver.isOn ? LogReceiver(context) : nil
        if let receiver { health.register(.log(receiver)) }
        var services: [any Service] = [
            LogLevelSignals(sink), live, http, CatalogueWatch(context, live, registry, glance),
            stores,
            LogWatch(context, registry, receiver, glance), Scheduler(context, live, log, receiver),
        ]
        // A service that has nothing to do would end, and all others with it.
        let beacon = BeaconRun(context)
        if beacon.isOn { services.append(beacon) }
        if let receiver { services.append(receiver) }
        try await ServiceBootstrap(
            services: services,
            logger: context.logger,
            settings: settings.shutdown,
            lifecycle: lifecycle
        ).run()
    }
}
