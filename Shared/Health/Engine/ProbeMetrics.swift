// SPDX-License-Identifier: Apache-2.0
// Martlet: what the aggregator counts of its own probes.

internal import Platform
internal import Synchronization

/// Counts probes by kind and finding; kinds are few, so labels are bounded by nature.
final class ProbeMetrics: Sendable {
    private struct Key: Hashable {
        var kind: String
        var status: ProbeResult.Status
    }

    private let registry: MetricsRegistry
    private let counters = Mutex<[Key: MetricCounter]>([:])
    private let durations = Mutex<[String: MetricHistogram]>([:])

    init(_ registry: MetricsRegistry) { self.registry = registry }

    func count(_ definition: CheckDefinition, _ result: ProbeResult, _ time: Duration) {
        let key = Key(kind: definition.kind, status: result.status)
        let counter = counters.withLock { counters in
            if let known = counters[key] { return known }
            let counter = registry.counter(
                "martlet_health_probes_total",
                help: "Probes made, by kind and finding.",
                labels: [("kind", key.kind), ("status", key.status.rawValue)]
            )
            counters[key] = counter
            return counter
        }
        counter.add()
        let histogram = durations.withLock { durations in
            if let known = durations[key.kind] { return known }
            let histogram = registry.histogram(
                "martlet_health_probe_duration_seconds",
                help: "How long probes took, by kind.",
                labels: [("kind", key.kind)]
            )
            durations[key.kind] = histogram
            return histogram
        }
        histogram.observe(time)
    }
}
