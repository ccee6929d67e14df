// SPDX-License-Identifier: Apache-2.0
// How a job ended.

/// The outcome column of a receipt.
public enum JobOutcome: Int16, CaseIterable, Sendable {
    /// The handler returned.
    case completed = 1
    /// Given up on request.
    case cancelled = 2
    /// Attempts used up, or too many workers lost over it.
    case discarded = 3

    /// The word that people see.
    public var state: JobState {
        switch self {
        case .completed: .completed
        case .cancelled: .cancelled
        case .discarded: .discarded
        }
    }
}
