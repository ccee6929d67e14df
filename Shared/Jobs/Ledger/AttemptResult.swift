// SPDX-License-Identifier: Apache-2.0
// What became of an attempt, as a worker reports it.

/// What became of an attempt.
public enum AttemptResult: Sendable, Equatable {
    /// The handler returned, perhaps with a JSON result.
    case completed(result: [UInt8]?)
    /// Nothing more shall be tried.
    case discarded(AttemptOutcome, error: String)
    /// It was asked to stop and did.
    case cancelled
    /// Another attempt shall follow after a pause.
    case retry(AttemptOutcome, error: String, after: Duration)
    /// Not the job's fault or end: due again after a pause, the attempt not counted.
    case postponed(after: Duration)
}
