// SPDX-License-Identifier: Apache-2.0
// Martlet: figures of checks and objectives.

internal import Platform

extension HealthMetrics {
    /// Checks by what the pages show of them, and advisories.
    static func writeChecks(of engine: HealthEngine, to samples: inout MetricSamples) {
        let picture = engine.judge.picture
        let checks = engine.configuration.checks
        var counts: [CheckState: Int] = [:]
        var advisories = 0
        for check in checks {
            let verdict = picture.verdicts[check.id]
            counts[picture.maintenance.contains(check.id) ? .maintenance : verdict?.state ?? .unknown, default: 0] += 1
            if verdict?.advisory != nil { advisories += 1 }
        }
        for state in [CheckState.up, .degraded, .down, .unknown, .maintenance] {
            samples.gauge(
                "martlet_health_checks_by_state",
                help: "Checks by what is shown of them.",
                labels: [("state", state.rawValue.lowercased())],
                Double(counts[state] ?? 0)
            )
        }
        samples.gauge(
            "martlet_health_advisories",
            help: "Checks that only a minority of the locations finds in trouble.",
            Double(advisories)
        )
    }

    /// How long ago heartbeats reported, of the checks that are public or of the others.
    static func writeHeartbeats(of engine: HealthEngine, isPublic: Bool, to samples: inout MetricSamples) {
        guard let heartbeats = engine.figures.current()?.heartbeats else { return }
        for check in engine.configuration.checks where check.kind == "heartbeat" && check.isPublic == isPublic {
            guard let age = heartbeats[check.id] else { continue }
            samples.gauge(
                "martlet_health_heartbeat_age_seconds",
                help: "How long ago the last report of a heartbeat came.",
                labels: [("check", check.id)],
                age.inSeconds
            )
        }
    }

    /// What is left of the error budgets, and how fast they burn.
    static func writeObjectives(of engine: HealthEngine, to samples: inout MetricSamples) {
        for status in engine.objectives.statuses {
            if let left = status.budgetRemaining {
                samples.gauge(
                    "martlet_health_error_budget_remaining_ratio",
                    help: "The share of an objective's error budget that is left; negative when overdrawn.",
                    labels: [("objective", status.definition.id)],
                    left
                )
            }
            for rate in status.rates {
                // The 6 hours of two pairs are one window.
                for (window, burn) in [(rate.long, rate.longBurn), (rate.short, rate.shortBurn)] {
                    guard let burn else { continue }
                    samples.gauge(
                        "martlet_health_burn_rate",
                        help: "How fast an error budget burns: 1 uses it up in exactly the objective's window.",
                        labels: [("objective", status.definition.id), ("window", text(window))],
                        burn
                    )
                }
            }
        }
    }

    /// `5m`, `1h`, `3d`.
    private static func text(_ window: Duration) -> String {
        let seconds = window.components.seconds
        for (length, unit) in [(Int64(86_400), "d"), (3_600, "h"), (60, "m")] where seconds % length == 0 {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }
}
