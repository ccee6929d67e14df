// SPDX-License-Identifier: Apache-2.0
// A row in flight that went silent.

/// A row in flight whose check is due.
public struct SilentJob: Sendable {
    /// The job.
    public var id: JobID
    /// Its fence.
    public var epoch: Int32
    /// Its lane.
    public var lane: Lane
    /// How long ago it was handed out, by the ledger's clock.
    public var age: Duration
    /// Whether a worker held a lease.
    public var isRunning: Bool
}
