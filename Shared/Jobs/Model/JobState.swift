// SPDX-License-Identifier: Apache-2.0
// The states that people see.

/// Where a job stands, in the words that people see.
public enum JobState: String, CaseIterable, Sendable {
    /// Due in the future.
    case scheduled
    /// Due; waiting for a worker.
    case available
    /// In a worker's hands, by a lease in the ledger.
    case running
    /// Failed at least once; due again later.
    case retryable
    /// Done.
    case completed
    /// Given up on request.
    case cancelled
    /// Attempts used up, or too many workers lost over it: the dead-letter set.
    case discarded

    /// Whether nothing more will happen to the job by itself.
    public var isFinal: Bool {
        switch self {
        case .scheduled, .available, .running, .retryable: false
        case .completed, .cancelled, .discarded: true
        }
    }
}
