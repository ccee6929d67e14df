// SPDX-License-Identifier: Apache-2.0
// A job on its way from the ledger to a worker.

/// A job as the ledger hands it out: all that a worker needs to run it.
public struct ClaimedJob: Hashable, Sendable {
    /// The identifier.
    public var id: JobID
    /// The fence: a completion counts only while the live row still bears it.
    public var epoch: Int32
    /// The number of this attempt, from 1.
    public var attempt: Int16
    /// Its queue and priority.
    public var lane: Lane
    /// When it was handed out, in microseconds since 1970 by the ledger's clock.
    public var dispatchedAt: Int64
    /// Which handler runs it.
    public var kind: String
    /// How it is tried.
    public var options: JobOptions
    /// The arguments; nil when they were too long for the bus and must be read from the ledger.
    public var args: [UInt8]?
}
