// SPDX-License-Identifier: Apache-2.0
// What the ledger says of itself: asked every few seconds, shown at each scrape.

public import Logging
public import Platform
public import ServiceLifecycle
internal import Synchronization

/// Shows the counts by queue and the database's figures; every 15 s three statements that read what others have counted already.
///
/// Every replica of the API shows the same figures, so queries take the maximum over them.
public final class LedgerMetrics: Service {
    private let ledger: Ledger
    private let logger: Logger
    private let stats = Mutex<AgingSample<LedgerStats>?>(nil)
    private let vitals = Mutex<AgingSample<LedgerVitals>?>(nil)
    private static let interval: Duration = .seconds(15)
    /// Queues shown by name; the rest is `(other)`.
    private let labels = Mutex(BoundedLabels(limit: 100))

    /// Registers the metrics.
    public init(_ ledger: Ledger, in registry: MetricsRegistry, logger: Logger) {
        self.ledger = ledger
        self.logger = logger
        registry.collect { [weak self] samples in self?.write(&samples) }
    }

    /// Samples until graceful shutdown.
    public func run() async throws {
        await repeating(every: Self.interval) { await self.refresh() }
    }

    /// One may fail without the other: managed servers do not answer every question.
    private func refresh() async {
        do {
            let read = try await ledger.stats()
            stats.withLock { $0 = AgingSample(read) }
        } catch {
            logger.debug("the ledger's counts can't be read", metadata: ["error": "\(error)"])
        }
        do {
            let read = try await ledger.vitals()
            vitals.withLock { $0 = AgingSample(read) }
        } catch {
            logger.debug("the server's figures can't be read", metadata: ["error": "\(error)"])
        }
    }

    private func write(_ samples: inout MetricSamples) {
        if let sample = stats.withLock({ $0 }), let age = sample.age {
            // Ages by the ledger's clock alone: ours may differ.
            let now = sample.value.readAt + age.wholeMicroseconds
            labels.withLock { Self.write(sample.value, now: now, labels: &$0, to: &samples) }
        }
        if let sample = vitals.withLock({ $0 }), sample.age != nil { Self.write(sample.value, to: &samples) }
    }

    static func write(
        _ stats: LedgerStats,
        now: Int64,
        labels: inout BoundedLabels,
        to samples: inout MetricSamples
    ) {
        func seconds(since time: Int64) -> Double { Double(max(0, now - time)) / 1_000_000 }
        if let sampledAt = stats.sampledAt {
            samples.gauge(
                "martlet_ledger_sample_age_seconds",
                help: "How long ago the leading worker counted the unfinished jobs.",
                seconds(since: sampledAt)
            )
        }
        for queue in shown(stats.queues, &labels) {
            for state in [JobState.scheduled, .available, .running, .retryable] {
                samples.gauge(
                    "martlet_queue_jobs",
                    help: "Unfinished jobs.",
                    labels: [("queue", queue.name), ("state", state.rawValue)],
                    Double(queue.unfinished[state] ?? 0)
                )
            }
            samples.gauge(
                "martlet_queue_oldest_available_seconds",
                help: "How long the oldest job that is due has been waiting; 0 when none waits.",
                labels: [("queue", queue.name)],
                queue.oldestAvailableAt.map { seconds(since: $0) } ?? 0
            )
            for outcome in JobOutcome.allCases {
                samples.counter(
                    "martlet_queue_finished",
                    help: "Jobs that ended, as the ledger has counted them.",
                    labels: [("queue", queue.name), ("outcome", outcome.state.rawValue)],
                    Double(queue.finished[outcome] ?? 0)
                )
            }
        }
    }

    /// The queues under their labels, those without one of their own as one. A queue keeps its label: counters that change hands would look like resets.
    private static func shown(_ queues: [LedgerStats.Queue], _ labels: inout BoundedLabels) -> [LedgerStats.Queue] {
        var shown: [String: LedgerStats.Queue] = [:]
        // In the order in which they were made: so every replica, and every run, gives the same queues labels.
        for queue in queues.sorted(by: { $0.number < $1.number }) {
            let label = labels.label(queue.name)
            var sum = shown[label] ?? LedgerStats.Queue(number: 0, name: label)
            sum.unfinished.merge(queue.unfinished, uniquingKeysWith: +)
            sum.finished.merge(queue.finished, uniquingKeysWith: +)
            sum.oldestAvailableAt = [sum.oldestAvailableAt, queue.oldestAvailableAt].compactMap { $0 }.min()
            shown[label] = sum
        }
        return shown.values.sorted { $0.name < $1.name }
    }

    private static func write(_ vitals: LedgerVitals, to samples: inout MetricSamples) {
        samples.gauge("martlet_ledger_live_rows", help: "Rows of the live table, estimated.", Double(vitals.liveRows))
        samples.gauge(
            "martlet_ledger_dead_rows",
            help: "Dead rows of the live table that vacuum has not removed yet, estimated.",
            Double(vitals.deadRows)
        )
        samples.counter("martlet_ledger_commits", help: "Transactions committed.", Double(vitals.commits))
        samples.counter("martlet_ledger_rollbacks", help: "Transactions rolled back.", Double(vitals.rollbacks))
        samples.counter("martlet_ledger_deadlocks", help: "Deadlocks that the server broke.", Double(vitals.deadlocks))
        if let walBytes = vitals.walBytes {
            samples.counter("martlet_ledger_wal_bytes", help: "WAL written.", Double(walBytes))
        }
        if let leaderless = vitals.leaderless {
            samples.gauge(
                "martlet_ledger_leaderless_seconds",
                help: "How long no worker has led; 0 while one does.",
                leaderless / .seconds(1)
            )
        }
        samples.gauge("martlet_ledger_size_bytes", help: "The database on disk.", Double(vitals.size))
        samples.gauge(
            "martlet_ledger_oldest_snapshot_transactions",
            help: "How many transactions the oldest snapshot lies back; dead rows since then stay.",
            Double(vitals.oldestSnapshotAge)
        )
        samples.gauge(
            "martlet_ledger_oldest_transaction_seconds",
            help: "How long the oldest transaction has been open.",
            vitals.oldestTransaction / .seconds(1)
        )
        samples.gauge(
            "martlet_ledger_freeze_age_transactions",
            help: "Age of the oldest row that is not frozen; the server stops at 2 billion.",
            Double(vitals.freezeAge)
        )
    }
}
