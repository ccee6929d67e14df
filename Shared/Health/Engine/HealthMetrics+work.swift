// SPDX-License-Identifier: Apache-2.0
// Martlet: figures of what the aggregator has in hand.

internal import Platform

extension HealthMetrics {
    /// What is under way, what waits, and who is there.
    static func registerWork(of engine: HealthEngine, in registry: MetricsRegistry) {
        registry.gauge("martlet_health_probes_running", help: "Probes under way; at most 256.") { [weak engine] in
            engine.map { Double($0.scheduler.running) }
        }
        registry.gauge("martlet_health_members", help: "Aggregators that are alive, as far as this one knows.") {
            [weak engine] in
            engine.map { Double($0.coordinator.members.count) }
        }
        registry.gauge(
            "martlet_health_minutes_waiting",
            help: "Minutes of checks in memory, until the ledger has them."
        ) {
            [weak engine] in
            engine.map { Double($0.waitingMinutes) }
        }
        let waiting = "Notifications that are due and neither told nor handed over as jobs."
        registry.gauge("martlet_health_notifications_waiting", help: waiting, labels: [("place", "courier")]) {
            [weak engine] in
            engine.map { Double($0.courier.waiting) }
        }
        registry.gauge("martlet_health_notifications_waiting", help: waiting, labels: [("place", "outbox")]) {
            [weak engine] in
            engine.flatMap { $0.figures.current() }.map { Double($0.waiting) }
        }
    }
}
