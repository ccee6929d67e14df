// SPDX-License-Identifier: Apache-2.0
// Martlet: the figures of backups, for Prometheus.
public import Platform

/// The figures of one system's backups: gauges of what lies in the store, what drills measured and how runs ended.
///
/// Moments are given as times, not as ages: a page that a cron run has left behind stays true. What is not known is
/// left out. All are told again by each run, from the catalogue, so that a run needs no memory of those before it.
///
/// ```swift
/// let metrics = BackupMetrics(registry, system: system)
/// metrics.expect(.physical, every: .seconds(86_400))
/// metrics.show(listing)
/// metrics.note(.physical, .succeeded, took: .seconds(251))
/// ```
public final class BackupMetrics: Sendable {
    private let registry: MetricsRegistry
    private let system: String

    /// Registers nothing before something is known.
    public init(_ registry: MetricsRegistry, system: SystemID) {
        self.registry = registry
        self.system = "\(system)"
    }

    /// How often a task should succeed; alerts measure by it.
    public func expect(_ task: BackupTask, every interval: Duration) {
        gauge("martlet_backup_interval_seconds", "How often this should succeed.", task).set(interval.roundedSeconds)
    }

    /// What drills are measured by.
    public func expect(_ objectives: DrillObjectives) {
        gauge("martlet_backup_rpo_objective_seconds", "RPO that is allowed.")
            .set(objectives.recoveryPoint.roundedSeconds)
        gauge("martlet_backup_rto_objective_seconds", "RTO that is allowed.")
            .set(objectives.recoveryTime.roundedSeconds)
    }

    /// Counts a run that ended.
    ///
    /// One that was refused or cancelled says nothing of the task's health.
    public func note(_ task: BackupTask, _ result: RunResult, took: Duration, ended: Timestamp = .now()) {
        registry.counter(
            "martlet_backup_runs_total",
            help: "Runs of this process.",
            labels: labels(task) + [("result", result.rawValue)]
        ).add()
        guard result == .succeeded || result == .failed else { return }
        gauge("martlet_backup_last_run_timestamp_seconds", "When the last run ended.", task).set(ended.inSeconds)
        gauge("martlet_backup_last_run_seconds", "How long the last run took.", task).set(took.roundedSeconds)
        gauge("martlet_backup_last_run_succeeded", "Whether the last run succeeded.", task)
            .set(result == .succeeded ? 1 : 0)
        if result == .succeeded { succeeded(task, at: ended) }
    }

    /// Shows what lies in the store.
    public func show(_ listing: CatalogueListing) {
        for method in BackupMethod.allCases {
            let task = BackupTask(method)
            let backups = listing.backups.filter { $0.id.method == method }
            let entries = backups.compactMap { $0.entry?.entry }
            gauge("martlet_backup_retained", "Backups in the store.", task).set(backups.count)
            gauge("martlet_backup_retained_bytes", "Bytes of the backups in the store.", task)
                .set(entries.reduce(0.0) { $0 + Double($1.storedSize) })
            guard let newest = entries.max(by: { ($0.ended, $0.id) < ($1.ended, $1.id) }) else { continue }
            succeeded(task, at: newest.ended)
            gauge("martlet_backup_plain_bytes", "Bytes of the newest backup before compression.", task)
                .set(Double(newest.plainSize))
            gauge("martlet_backup_stored_bytes", "Stored bytes of the newest backup.", task)
                .set(Double(newest.storedSize))
        }
        gauge("martlet_backup_damaged", "Backups that the last check found damaged, or whose entries can't be read.")
            .set(listing.backups.count(where: { $0.health == .damaged || $0.health == .unreadable }))
        gauge("martlet_backup_unfinished", "Backups under way or cut off.").set(listing.unfinished.count)
        // The newest comes last, and counts.
        for check in listing.lastChecks.map(\.result).reversed() { show(check) }
    }

    /// Shows what a check found.
    public func show(_ check: CheckResult) {
        let task = BackupTask(check.kind)
        if check.outcome == .passed { succeeded(task, at: check.ended) }
        let last = gauge("martlet_backup_last_run_timestamp_seconds", "When the last run ended.", task)
        // A run that came to no result, and so left none, may have ended later: it stays the last one.
        if check.ended.inSeconds >= last.value {
            last.set(check.ended.inSeconds)
            gauge("martlet_backup_last_run_seconds", "How long the last run took.", task)
                .set((check.ended - check.began).roundedSeconds)
            gauge("martlet_backup_last_run_succeeded", "Whether the last run succeeded.", task)
                .set(check.outcome == .passed ? 1 : 0)
        }
        for (name, help, value) in [
            ("martlet_backup_rpo_seconds", "RPO that the last drill measured.", check.recoveryPoint),
            ("martlet_backup_rto_seconds", "RTO that the last drill measured.", check.recoveryTime),
            ("martlet_backup_rpo_objective_seconds", "RPO that is allowed.", check.pointObjective),
            ("martlet_backup_rto_objective_seconds", "RTO that is allowed.", check.timeObjective),
        ] {
            if let value { gauge(name, help).set(value.roundedSeconds) }
        }
    }

    /// Shows how far the WAL in the store lies behind the server, and in how many places some is missing.
    /// - Parameters:
    ///   - bytes: What the server has written and the store lacks.
    ///   - lag: How old the oldest byte of that is; zero when there is none.
    public func showLog(bytes: Int64, lag: Duration, gaps: Int) {
        gauge("martlet_backup_wal_lag_bytes", "WAL that the store lacks.").set(Double(bytes))
        gauge("martlet_backup_wal_lag_seconds", "Age of the oldest WAL that the store lacks.").set(lag.roundedSeconds)
        gauge("martlet_backup_wal_gaps", "Ranges of WAL that are missing in the store.").set(gaps)
    }

    private func succeeded(_ task: BackupTask, at time: Timestamp) {
        let gauge = gauge("martlet_backup_last_success_timestamp_seconds", "When this succeeded last.", task)
        gauge.set(max(gauge.value, time.inSeconds))
    }

    private func gauge(_ name: String, _ help: String, _ task: BackupTask? = nil) -> MetricGauge {
        registry.gauge(name, help: help, labels: labels(task))
    }

    private func labels(_ task: BackupTask?) -> [(String, String)] {
        [("system", system)] + (task.map { [("kind", $0.rawValue)] } ?? [])
    }
}

extension Timestamp {
    /// Seconds since 1970, as Prometheus counts.
    fileprivate var inSeconds: Double { Double(microseconds) / 1_000_000 }
}
