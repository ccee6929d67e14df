// SPDX-License-Identifier: Apache-2.0
// What comes in, by queue and kind.

public import Platform
internal import Synchronization

/// Counts new jobs: `martlet_jobs_enqueued_total`; the first 500 pairs of a queue and a kind by name, the rest as one.
public final class EnqueueMetrics: Sendable {
    private struct Key: Hashable {
        var queue: String
        var kind: String
    }

    private let registry: MetricsRegistry
    private let counters = Mutex<[Key: MetricCounter]>([:])
    private static let largestPairs = 500

    /// Registers the metric.
    public init(_ registry: MetricsRegistry) {
        self.registry = registry
    }

    /// Counts jobs that were recorded and not there already.
    func count(_ jobs: [NewJob], _ answers: [EnqueuedJob]) {
        var counts: [Key: Int] = [:]
        for (job, answer) in zip(jobs, answers) where !answer.isExisting {
            counts[Key(queue: job.queue, kind: job.kind), default: 0] += 1
        }
        for (key, count) in counts { counter(key).add(count) }
    }

    private func counter(_ key: Key) -> MetricCounter {
        counters.withLock { counters in
            if let known = counters[key] { return known }
            let isNamed = counters.count < Self.largestPairs
            let shown = isNamed ? key : Key(queue: BoundedLabels.other, kind: BoundedLabels.other)
            let made = registry.counter(
                "martlet_jobs_enqueued_total",
                help: "Jobs recorded.",
                labels: [("queue", shown.queue), ("kind", shown.kind)]
            )
            if isNamed { counters[key] = made }
            return made
        }
    }
}
