// SPDX-License-Identifier: Apache-2.0
// Martlet: what the store has, for metrics.

internal import Logging
internal import Platform
internal import Postgres
internal import Recovery
internal import ServiceLifecycle

/// Shows what the store has each minute, and what is expected; a store that is away leaves what was shown last.
struct CatalogueWatch: Service {
    private let context: RunContext
    private let live: LiveSettings
    private let registry: MetricsRegistry
    private let glance: CatalogueGlance
    private static let pause: Duration = .seconds(60)

    init(_ context: RunContext, _ live: LiveSettings, _ registry: MetricsRegistry, _ glance: CatalogueGlance) {
        self.context = context
        self.live = live
        self.registry = registry
        self.glance = glance
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var own: SystemID?
            while !Task.isCancelled {
                let context = context.with(live.read().settings)
                if own == nil { own = await Self.own(context) }
                await look(context)
                if let own { expect(own, context.settings) }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func look(_ context: RunContext) async {
        do throws(RecoveryError) {
            for listing in try await ListRun(context).listings() {
                BackupMetrics(registry, system: listing.system).show(listing)
                glance.note(listing)
            }
        } catch {
            context.logger.warning("the store can't be looked at", metadata: ["error": "\(error)"])
        }
    }

    /// The system whose backups the schedules are about: the server's; without a server the only one in the store.
    private static func own(_ context: RunContext) async -> SystemID? {
        if let database = context.settings.database, let system = try? await SystemSearch(context).system(of: database)
        {
            return system
        }
        return try? await SystemSearch(context).systemOfStore()
    }

    private func expect(_ system: SystemID, _ settings: BackupSettings) {
        let metrics = BackupMetrics(registry, system: system)
        metrics.expect(settings.reports.objectives)
        for (work, _) in settings.schedule.entries {
            guard let interval = settings.schedule.interval(of: work) else { continue }
            let task: BackupTask =
                switch work {
                case .backup: BackupTask(settings.run.method)
                case .verify: .verify
                case .drill: .drill
                case .prune: .prune
                }
            metrics.expect(task, every: interval)
        }
    }
}
