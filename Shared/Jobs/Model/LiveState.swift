// SPDX-License-Identifier: Apache-2.0
// The states of a live row.

/// The state column of a live row.
enum LiveState: Int16, Sendable {
    /// Waits for a time that somebody chose.
    case scheduled = 0
    /// Waits for dispatch.
    case available = 1
    /// Handed to the bus; nobody holds a lease yet.
    case dispatched = 2
    /// A worker holds a lease.
    case running = 3
    /// Waits for its next attempt after a failure.
    case retryable = 4

    /// The word that people see, given whether the row's time has come.
    func shown(isDue: Bool) -> JobState {
        switch self {
        case .scheduled: isDue ? .available : .scheduled
        case .available, .dispatched: .available
        case .running: .running
        case .retryable: isDue ? .available : .retryable
        }
    }
}
