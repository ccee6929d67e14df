// SPDX-License-Identifier: Apache-2.0
// Martlet: who is told how a run went: the health aggregator, Prometheus, and the ledger's dashboards.

internal import Jobs
internal import Logging
internal import Platform
internal import Postgres
internal import Recovery

/// Tells of the end of a run; what can't be told is logged, and changes nothing.
struct RunReport: Sendable {
    private let context: RunContext
    private let verb: BackupVerb
    private let system: SystemID

    init(_ context: RunContext, _ verb: BackupVerb, _ system: SystemID) {
        self.context = context
        self.verb = verb
        self.system = system
    }

    /// Tells everybody.
    func tell(_ error: RecoveryError?, took: Duration) async {
        // A refused run says nothing: the one that is under way will.
        if error?.code != .locked {
            await HeartbeatReport(context).send(verb, error, took: took)
        }
        let listing = try? await Catalogue(context.store, keys: context.keys).listing(of: system)
        await measure(error, took, listing)
        if let listing { await LedgerCopy(context).resync(listing) }
    }

    private func measure(_ error: RecoveryError?, _ took: Duration, _ listing: CatalogueListing?) async {
        guard let task else { return }
        func fill(_ registry: MetricsRegistry) {
            let metrics = BackupMetrics(registry, system: system)
            if let listing { metrics.show(listing) }
            if let work = ScheduleSettings.Work(rawValue: verb.rawValue),
                let interval = context.settings.schedule.interval(of: work)
            {
                metrics.expect(task, every: interval)
            }
            metrics.expect(context.settings.reports.objectives)
            metrics.note(task, Self.result(error, listing), took: took)
        }
        if let registry = context.metrics { fill(registry) }
        let reports = context.settings.reports
        guard reports.pushgateway != nil || reports.metricsFile != nil else { return }
        let registry = MetricsRegistry()
        fill(registry)
        do throws(RecoveryError) {
            if let path = reports.metricsFile { try MetricsTextFile(path: path).write(registry) }
        } catch {
            context.logger.warning("the metrics file can't be written", metadata: ["error": "\(error)"])
        }
        do throws(RecoveryError) {
            guard let gateway = reports.pushgateway else { return }
            try await MetricsPush(gateway: gateway, system: system, task: task, labels: reports.pushLabels)
                .send(registry)
        } catch {
            context.logger.warning("metrics can't be pushed", metadata: ["error": "\(error)"])
        }
    }

    private var task: BackupTask? {
        switch verb {
        case .backup: BackupTask(context.settings.run.method)
        case .verify: .verify
        case .drill: .drill
        case .prune: .prune
        default: nil
        }
    }

    /// How a run ended, for metrics.
    ///
    /// A drill that was only too slow has shown that the backup is good; an alert of its own tells of the rest.
    static func result(_ error: RecoveryError?, _ listing: CatalogueListing?) -> RunResult {
        switch error?.code {
        case .drill:
            listing?.lastChecks.first { $0.result.kind == .drill }?.result.outcome == .passed ? .succeeded : .failed
        case nil: .succeeded
        case .locked: .refused
        case .cancelled: .cancelled
        default: .failed
        }
    }
}
