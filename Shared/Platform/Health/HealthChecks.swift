// SPDX-License-Identifier: Apache-2.0
// Martlet: all health checks of a process.
internal import Synchronization

/// The checks of a process; asking costs at most one run of each check in a cache time, however many ask.
public final class HealthChecks: Sendable {
    private let probes = Mutex<[HealthProbe]>([])

    /// No checks: the report is UP.
    public init() {}

    /// Adds a check; a check of the same name is replaced.
    public func register(_ check: HealthCheck) {
        let probe = HealthProbe(check)
        probes.withLock { probes in
            if let index = probes.firstIndex(where: { $0.check.name == check.name }) {
                probes[index] = probe
            } else {
                probes.append(probe)
            }
        }
    }

    /// Runs what is not cached, all at once; returns after the longest deadline at the latest.
    public func report() async -> HealthReport {
        let probes = probes.withLock { $0 }
        let results = await withTaskGroup(of: (Int, HealthReport.Check).self) { group in
            for (index, probe) in probes.enumerated() { group.addTask { (index, await probe.result()) } }
            var results: [(Int, HealthReport.Check)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return HealthReport(status: results.map(\.status).max() ?? .up, checks: results)
    }
}
