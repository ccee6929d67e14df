// SPDX-License-Identifier: Apache-2.0
// Martlet: windows made while running take hold here at once, and elsewhere within seconds.

internal import Platform

extension HealthEngine {
    /// Keeps a maintenance window; returns its identifier.
    public func add(_ window: MaintenanceWindow) async throws(HealthError) -> String {
        let id = try await store.add(window)
        calendar.replace(try await store.maintenance())
        revise()
        return id
    }

    /// Removes a maintenance window; false when there is none.
    public func removeMaintenance(_ id: Int64) async throws(HealthError) -> Bool {
        guard try await store.removeMaintenance(id) else { return false }
        calendar.replace(try await store.maintenance())
        revise()
        return true
    }
}
