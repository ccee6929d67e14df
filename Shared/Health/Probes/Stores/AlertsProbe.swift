// SPDX-License-Identifier: Apache-2.0
// Martlet: whether alerts that an Alertmanager sent are firing.

internal import Platform

/// Looks at the alerts that came in: down while one of severity `critical` fires, degraded while any other does; a part for each.
struct AlertsProbe: Probe {
    /// Parts shown at most.
    static let mostParts = 100

    let store: HealthStore
    /// Only alerts with these labels; the values are patterns.
    let labels: [String: NamePattern]

    func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        do throws(HealthError) {
            let firing = try await store.firingAlerts()
            return judge(firing, latency: .now - start)
        } catch {
            return ProbeResult(status: .unknown, reason: "\(error.message)", latency: .now - start)
        }
    }

    func judge(_ alerts: [StoredAlert], latency: Duration) -> ProbeResult {
        let mine = alerts.filter { alert in
            labels.allSatisfy { name, pattern in alert.labels[name].map(pattern.matches) ?? false }
        }
        let parts = mine.map { alert in
            ProbeResult.Part(name: alert.name, status: alert.isCritical ? .down : .degraded, reason: alert.summary)
        }
        guard let worst = parts.first(where: { $0.status == .down }) ?? parts.first else {
            return ProbeResult(status: .up, latency: latency, value: 0)
        }
        let others = parts.count > 1 ? " (and \(parts.count - 1) more)" : ""
        return ProbeResult(
            status: worst.status,
            reason: "\(worst.name)" + (worst.reason.map { ": \($0)" } ?? "") + others,
            latency: latency,
            parts: Array(parts.prefix(Self.mostParts)),
            value: Double(parts.count)
        )
    }
}
