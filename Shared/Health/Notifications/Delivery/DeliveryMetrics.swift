// SPDX-License-Identifier: Apache-2.0
// Martlet: counts what became of attempts to tell people.

internal import Platform
internal import Synchronization

/// Counts attempts by the kind of the receiver and the outcome; both are few, so labels are bounded by nature.
final class DeliveryMetrics: Sendable {
    /// What became of an attempt.
    enum Outcome: String, CaseIterable {
        case delivered
        case retried
        case rejected
    }

    /// Shown from the start, so that the first delivery counts as a rise.
    static let channels = ["alertmanager", "email", "pagerduty", "slack", "teams", "webhook"]
    /// In place of the kind of a receiver that is not configured.
    static let nobody = "none"

    private struct Key: Hashable {
        var channel: String
        var outcome: Outcome
    }

    private let registry: MetricsRegistry
    private let counters = Mutex<[Key: MetricCounter]>([:])

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        for channel in Self.channels {
            for outcome in Outcome.allCases { _ = counter(Key(channel: channel, outcome: outcome)) }
        }
    }

    /// Counts an attempt; without a channel nobody was there to be told.
    func count(_ verdict: DeliveryVerdict, by channel: String?) {
        let outcome: Outcome =
            switch verdict {
            case .delivered: .delivered
            case .retry: .retried
            case .rejected: .rejected
            }
        counter(Key(channel: channel ?? Self.nobody, outcome: outcome)).add()
    }

    private func counter(_ key: Key) -> MetricCounter {
        counters.withLock { counters in
            if let known = counters[key] { return known }
            let counter = registry.counter(
                "martlet_health_deliveries_total",
                help: "Attempts to tell people, by the kind of the receiver and what became of them.",
                labels: [("channel", key.channel), ("outcome", key.outcome.rawValue)]
            )
            counters[key] = counter
            return counter
        }
    }
}
