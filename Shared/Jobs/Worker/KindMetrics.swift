// SPDX-License-Identifier: Apache-2.0
// The metrics of one kind of job, looked up once and kept: the registry's own look-up is too dear for each job.

internal import Platform
internal import Synchronization

/// The metrics of one kind of job.
struct KindMetrics: Sendable {
    let completed, discarded, cancelled, retried, postponed: MetricCounter
    let run, startDelay: MetricHistogram

    init(_ kind: String, _ registry: MetricsRegistry) {
        func counter(_ outcome: String) -> MetricCounter {
            registry.counter(
                "martlet_job_attempts_total",
                help: "Attempts that ended",
                labels: [("kind", kind), ("outcome", outcome)]
            )
        }
        completed = counter("completed")
        discarded = counter("discarded")
        cancelled = counter("cancelled")
        retried = counter("retry")
        postponed = counter("postponed")
        startDelay = registry.histogram(
            "martlet_job_start_delay_seconds",
            help: "From a job's dispatch (or acceptance) to its handler's start",
            labels: [("kind", kind)],
            buckets: HistogramBuckets.latency
        )
        run = registry.histogram(
            "martlet_job_run_seconds",
            help: "How long handlers ran",
            labels: [("kind", kind)],
            buckets: HistogramBuckets.latency
        )
    }

    func count(_ result: AttemptResult) -> MetricCounter {
        switch result {
        case .completed: completed
        case .discarded: discarded
        case .cancelled: cancelled
        case .retry: retried
        case .postponed: postponed
        }
    }

    /// Keeps them by kind; the kinds are those that a worker has handlers for, and "unknown".
    final class Cache: Sendable {
        private let kinds = Mutex<[String: KindMetrics]>([:])

        func of(_ kind: String, make: () -> KindMetrics) -> KindMetrics {
            kinds.withLock { kinds in
                if let known = kinds[kind] { return known }
                let metrics = make()
                kinds[kind] = metrics
                return metrics
            }
        }
    }
}
