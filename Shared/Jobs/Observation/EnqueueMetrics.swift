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
    func count(_ rows: [LedgerRow], _ answers: [EnqueuedJob]) {
        // A batch is mostly of one kind, so runs are counted, and few of its jobs looked up.
        var run: (key: Key, count: Int)?
        for (row, answer) in zip(rows, answers) where !answer.isExisting {
            if let present = run, present.key.queue == row.job.queue, present.key.kind == row.job.kind {
                run?.count += 1
            } else {
                if let run { counter(run.key).add(run.count) }
                run = (Key(queue: row.job.queue, kind: row.job.kind), 1)
            }
        }
        if let run { counter(run.key).add(run.count) }
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
