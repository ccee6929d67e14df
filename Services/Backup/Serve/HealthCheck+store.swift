// SPDX-License-Identifier: Apache-2.0
// Martlet: the store and the receiver as a load balancer sees them.

internal import ObjectStore
internal import Platform
internal import Recovery
internal import Resilience

extension HealthCheck {
    /// Each store answers; without them runs fail and are told, so this only degrades.
    static func store(_ store: any ObjectStore) -> HealthCheck {
        HealthCheck("store", criticality: .degrading) {
            let away = await withTaskGroup(of: String?.self) { group in
                for copy in store.copies {
                    group.addTask {
                        // Below the deadline of the whole check, which would name none.
                        do {
                            try await withDeadline(.after(.milliseconds(700))) {
                                _ = try await copy.list(prefix: "", after: nil, limit: 1)
                            }
                            return nil
                        } catch {
                            return copy.place
                        }
                    }
                }
                return await group.reduce(into: [String]()) { places, place in if let place { places.append(place) } }
            }
            guard !away.isEmpty else { return HealthFinding(.up) }
            return HealthFinding(.degraded, details: [("away", .string(away.sorted().joined(separator: ", ")))])
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
