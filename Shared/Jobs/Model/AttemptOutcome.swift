// SPDX-License-Identifier: Apache-2.0
// How an attempt that did not succeed ended.

/// The outcome column of an attempt.
public enum AttemptOutcome: Int16, Sendable {
    /// The handler threw.
    case failed = 1
    /// The attempt ran longer than its timeout.
    case timedOut = 2
    /// Its worker vanished: a lease ended, or the hand-over was never answered.
    case lost = 3
    /// Cancelled on request while it ran.
    case cancelled = 4

    /// The word that people see.
    public var name: String {
        switch self {
        case .failed: "failed"
        case .timedOut: "timed_out"
        case .lost: "lost"
        case .cancelled: "cancelled"
        }
    }
}
