// SPDX-License-Identifier: Apache-2.0
// What comes in, by queue and kind.

public import Platform
internal import Synchronization

/// Counts new jobs: `martlet_jobs_enqueued_total`, at most 200 kinds and 100 queues by name.
public final class EnqueueMetrics: Sendable {
    private struct Key: Hashable {
        var queue: String
        var kind: String
    }

    private struct State {
        var counters: [Key: MetricCounter] = [:]
        var queues = BoundedLabels(limit: 100)
        var kinds = BoundedLabels(limit: 200)
    }

    private let registry: MetricsRegistry
    private let state = Mutex(State())
    /// Pairs that are found again; what comes beyond is looked up in the registry.
    private static let largestCache = 2_000

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
        state.withLock { state in
            if let known = state.counters[key] { return known }
            let labels = [("queue", state.queues.label(key.queue)), ("kind", state.kinds.label(key.kind))]
            let made = registry.counter("martlet_jobs_enqueued_total", help: "Jobs recorded.", labels: labels)
            if state.counters.count < Self.largestCache { state.counters[key] = made }
            return made
        }
    }
}
