// SPDX-License-Identifier: Apache-2.0
// Martlet: the aggregator's own figures.

internal import Platform

/// The aggregator's own figures; one series for each check is bounded by the configuration.
enum HealthMetrics {
    static func register(_ engine: HealthEngine, in registry: MetricsRegistry) {
        registerWork(of: engine, in: registry)
        registry.gauge("martlet_health_checks", help: "Checks that this aggregator looks at.") { [weak engine] in
            engine.map { Double($0.scheduler.mine) }
        }
        registry.gauge("martlet_health_probe_lag_seconds", help: "How late the most overdue probe is.") {
            [weak engine] in
            engine.map { $0.scheduler.lag.inSeconds }
        }
        registry.gauge("martlet_health_leading", help: "Whether this aggregator opens and ends incidents.") {
            [weak engine] in
            engine.map { $0.coordinator.role.decides ? 1 : 0 }
        }
        registry.gauge(
            "martlet_health_configuration_refused",
            help: "Whether the newest configuration is wrong and an older one stays in use."
        ) { [weak engine] in
            engine.map { $0.hasRefused ? 1 : 0 }
        }
        registry.gauge("martlet_health_incidents_open", help: "Open incidents.") { [weak engine] in
            engine.map { Double($0.judge.picture.incidents.count(where: \.isOpen)) }
        }
        registry.counter(
            "martlet_health_findings_lost_total",
            help: "Findings for which there was no room, or that the ledger refused."
        ) { [weak engine] in
            engine.map { Double($0.lostFindings) }
        }
        registry.counter(
            "martlet_health_notifications_dropped_total",
            help: "Notifications for which there was no room while the ledger was away."
        ) { [weak engine] in
            engine.map { Double($0.courier.dropped) }
        }
        // What the public page does not name, strangers don't read here either.
        registry.collect { [weak engine] samples in
            guard let engine else { return }
            writeChecks(of: engine, to: &samples)
            write(states: engine, isPublic: true, to: &samples)
            writeHeartbeats(of: engine, isPublic: true, to: &samples)
        }
        registry.collect(isConfidential: true) { [weak engine] samples in
            guard let engine else { return }
            write(states: engine, isPublic: false, to: &samples)
            writeHeartbeats(of: engine, isPublic: false, to: &samples)
            writeObjectives(of: engine, to: &samples)
        }
    }

    private static func write(states engine: HealthEngine, isPublic: Bool, to samples: inout MetricSamples) {
        let verdicts = engine.judge.picture.verdicts
        for check in engine.configuration.checks where check.isPublic == isPublic {
            guard let verdict = verdicts[check.id] else { continue }
            samples.gauge(
                "martlet_health_check_state",
                help: "What is said of a check: 0 up, 1 unknown, 2 degraded, 3 down.",
                labels: [("check", check.id)],
                number(verdict.state)
            )
        }
    }

    private static func number(_ state: CheckState) -> Double {
        switch state {
        case .up, .maintenance: 0
        case .unknown: 1
        case .degraded: 2
        case .down: 3
        }
    }
}

extension Duration {
    /// In seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
