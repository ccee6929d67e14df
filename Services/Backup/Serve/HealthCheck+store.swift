// SPDX-License-Identifier: Apache-2.0
// Martlet: the store and the receiver as a load balancer sees them.

internal import Platform
internal import Recovery

extension HealthCheck {
    /// Each store answers; without them runs fail and are told, so this only degrades.
    static func store(_ watch: StoreWatch) -> HealthCheck {
        HealthCheck("store", criticality: .degrading) {
            let away = watch.away
            guard !away.isEmpty else { return HealthFinding(.up) }
            return HealthFinding(.degraded, details: [("away", .string(away.joined(separator: ", ")))])
        }
    }

    /// The log streams; without it the server keeps its log, and what would be lost grows, so this only degrades.
    static func log(_ receiver: LogReceiver) -> HealthCheck {
        HealthCheck("log", criticality: .degrading) { HealthFinding(receiver.isStreaming ? .up : .degraded) }
    }

    /// The last run of each kind succeeded.
    static func runs(_ log: RunLog) -> HealthCheck {
        HealthCheck("runs", criticality: .degrading) {
            let failed = ScheduleSettings.Work.allCases.filter { log[$0].last?.error != nil }
            return HealthFinding(failed.isEmpty ? .up : .degraded)
        }
    }
}
