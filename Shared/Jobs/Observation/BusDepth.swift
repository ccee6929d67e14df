// SPDX-License-Identifier: Apache-2.0
// What is on the bus, as the leading worker last saw it.

internal import Platform
internal import Synchronization

/// Entries on the bus by queue: `martlet_bus_entries` and `martlet_bus_pending`; only the leader shows them.
final class BusDepth: Sendable {
    private struct Counts {
        var entries: [Int32: Int] = [:]
        var pending: [Int32: Int] = [:]
    }

    private let queues: QueueDirectory
    private let sample = Mutex<AgingSample<Counts>?>(nil)
    private let labels = Mutex(BoundedLabels(limit: 100))

    /// Registers the metrics.
    init(_ queues: QueueDirectory, in registry: MetricsRegistry) {
        self.queues = queues
        registry.collect { [weak self] samples in self?.write(&samples) }
    }

    /// Notes what was seen.
    func note(_ lengths: [(lane: Lane, length: Int)], pending: [Lane: Int]) {
        var fresh = Counts()
        for (lane, length) in lengths {
            fresh.entries[lane.queue, default: 0] += length
            fresh.pending[lane.queue, default: 0] += pending[lane] ?? 0
        }
        sample.withLock { $0 = AgingSample(fresh) }
    }

    private func write(_ samples: inout MetricSamples) {
        // Once somebody else leads, what was seen here grows too old.
        guard let sample = sample.withLock({ $0 }), sample.age != nil else { return }
        write("martlet_bus_entries", "Entries in a queue's streams.", sample.value.entries, &samples)
        write(
            "martlet_bus_pending",
            "Entries that workers have taken and not cleared away.",
            sample.value.pending,
            &samples
        )
    }

    private func write(_ name: String, _ help: String, _ counts: [Int32: Int], _ samples: inout MetricSamples) {
        var shown: [String: Int] = [:]
        labels.withLock { labels in
            for (queue, count) in counts.sorted(by: { $0.key < $1.key }) {
                shown[labels.label(queues.name(of: queue) ?? String(queue)), default: 0] += count
            }
        }
        for (queue, count) in shown.sorted(by: { $0.key < $1.key }) {
            samples.gauge(name, help: help, labels: [("queue", queue)], Double(count))
        }
    }
}
