// SPDX-License-Identifier: Apache-2.0
// An attempt that ended, on its way into the ledger.

/// An attempt that ended, on its way into the ledger.
public struct FinishedAttempt: Sendable {
    /// The job.
    public var id: JobID
    /// The fence that the worker holds.
    public var epoch: Int32
    /// The attempt's number, from 1.
    public var attempt: Int16
    /// What became of it.
    public var result: AttemptResult
    /// How long it ran.
    public var runTime: Duration
    /// Whether the job's unique key ends with it.
    public var releasesKey: Bool

    /// Creates a report.
    public init(
        id: JobID,
        epoch: Int32,
        attempt: Int16,
        result: AttemptResult,
        runTime: Duration,
        releasesKey: Bool = false
    ) {
        self.id = id
        self.epoch = epoch
        self.attempt = attempt
        self.result = result
        self.runTime = runTime
        self.releasesKey = releasesKey
    }

    /// Whether the job ends with this attempt.
    var outcome: JobOutcome? {
        switch result {
        case .completed: .completed
        case .discarded: .discarded
        case .cancelled: .cancelled
        case .retry, .postponed: nil
        }
    }
}
