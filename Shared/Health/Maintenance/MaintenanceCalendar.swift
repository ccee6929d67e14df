// SPDX-License-Identifier: Apache-2.0
// Martlet: which checks are in maintenance now.

public import Platform
internal import Synchronization

/// All windows, and who is in one.
public final class MaintenanceCalendar: Sendable {
    private struct State {
        var file: [MaintenanceWindow] = []
        var ledger: [MaintenanceWindow] = []
        var groups: [String: String?] = [:]
        /// The answer for a second: cron expressions are not asked for each of a thousand probes.
        var cached: (second: Int64, active: Set<String>)?
    }

    private let state = Mutex(State())

    /// Without windows.
    public init() {}

    /// Takes on the windows of the configuration file, and the groups of all checks.
    func load(_ windows: [MaintenanceWindow], groups: [String: String?]) {
        state.withLock { state in
            state.file = windows
            state.groups = groups
            state.cached = nil
        }
    }

    /// Takes on the windows that were made while running.
    func replace(_ windows: [MaintenanceWindow]) {
        state.withLock { state in
            guard state.ledger != windows else { return }
            state.ledger = windows
            state.cached = nil
        }
    }

    /// All windows that are not over.
    public func windows(at now: Timestamp) -> [MaintenanceWindow] {
        state.withLock { $0.file + $0.ledger }.filter { $0.occurrence(at: now) != nil }
    }

    /// The checks in maintenance; looked up once a second.
    public func active(at now: Timestamp) -> Set<String> {
        let second = now.microseconds / 1_000_000
        return state.withLock { state in
            if let cached = state.cached, cached.second == second { return cached.active }
            let open = (state.file + state.ledger).filter { $0.isOpen(at: now) }
            let active =
                open.isEmpty
                ? []
                : Set(state.groups.filter { check, group in open.contains { $0.covers(check, group: group) } }.keys)
            state.cached = (second, active)
            return active
        }
    }

    /// The open window that a check is in.
    public func window(of check: String, at now: Timestamp) -> MaintenanceWindow? {
        let (windows, group) = state.withLock { ($0.file + $0.ledger, $0.groups[check] ?? nil) }
        return windows.first { $0.covers(check, group: group) && $0.isOpen(at: now) }
    }
}
