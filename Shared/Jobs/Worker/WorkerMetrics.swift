// SPDX-License-Identifier: Apache-2.0
// What a worker counts.

public import Platform

/// What a worker counts and measures.
public struct WorkerMetrics: Sendable {
    private let registry: MetricsRegistry
    private let byKind = KindMetrics.Cache()
    let stale: MetricCounter
    let completionBatch: MetricHistogram
    let taken: MetricCounter
    let redispatched: MetricCounter
    let poisoned: MetricCounter
    let recalled: MetricCounter
    let pumped: MetricCounter
    let recovered: MetricCounter
    let leases: MetricCounter
    let depth: BusDepth

    /// Registers the worker's metrics.
    ///
    /// - Parameter queues: For the names of queues.
    public init(_ registry: MetricsRegistry, queues: QueueDirectory) {
        self.registry = registry
        depth = BusDepth(queues, in: registry)
        stale = registry.counter(
            "martlet_jobs_stale_completions_total",
            help: "Attempts whose end did not count, since the job had been handed out anew"
        )
        completionBatch = registry.histogram(
            "martlet_completion_batch_jobs",
            help: "Jobs in one completion transaction",
            buckets: HistogramBuckets.counts
        )
        taken = registry.counter(
            "martlet_jobs_taken_from_ledger_total",
            help: "Jobs taken straight from the ledger while the bus was away"
        )
        redispatched = registry.counter(
            "martlet_jobs_lost_total",
            help: "Jobs handed out anew because their worker was lost"
        )
        poisoned = registry.counter(
            "martlet_jobs_poisoned_total",
            help: "Jobs discarded because too many workers were lost over them"
        )
        recalled = registry.counter(
            "martlet_jobs_recalled_total",
            help: "Jobs dispatched anew because the bus lost its memory"
        )
        pumped = registry.counter("martlet_jobs_pumped_total", help: "Waiting jobs put on the bus by the sweeper")
        recovered = registry.counter(
            "martlet_jobs_recovered_total",
            help: "Jobs read again because the bus's answer was lost with its connection"
        )
        leases = registry.counter("martlet_job_leases_total", help: "Leases taken or renewed in the ledger")
    }

    /// Notes that a handler starts.
    func started(kind: String, delay: Duration) {
        of(kind).startDelay.observe(delay)
    }

    /// Counts attempts that ended, by kind and what became of them.
    func ended(kind: String, result: AttemptResult, runTime: Duration) {
        let metrics = of(kind)
        metrics.count(result).add(1)
        metrics.run.observe(runTime)
    }

    private func of(_ kind: String) -> KindMetrics { byKind.of(kind) { KindMetrics(kind, registry) } }
}
