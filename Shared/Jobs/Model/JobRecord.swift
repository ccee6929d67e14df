// SPDX-License-Identifier: Apache-2.0
// A job as readers see it.

/// A job with all that the ledger knows of it.
public struct JobRecord: Sendable {
    /// The identifier.
    public var id: JobID
    /// Which handler runs it.
    public var kind: String
    /// The queue's name.
    public var queue: String
    /// 0 (first) to 9.
    public var priority: Int
    /// Where it stands.
    public var state: JobState
    /// The arguments, as they came in.
    public var args: [UInt8]
    /// How it is tried.
    public var options: JobOptions
    /// Attempts begun and counted so far.
    public var attempt: Int
    /// Workers lost over it.
    public var losses: Int
    /// The fence.
    public var epoch: Int32
    /// When it is due, for a job that waits; microseconds since 1970.
    public var dueAt: Int64?
    /// When it ended; microseconds since 1970.
    public var finishedAt: Int64?
    /// How long the last attempt ran.
    public var runTime: Duration?
    /// What the handler returned: JSON.
    public var result: [UInt8]?
    /// Whether a running job has been asked to stop.
    public var cancelRequested: Bool
    /// Labels.
    public var tags: [String]
    /// The client's own JSON object.
    public var metadata: [UInt8]?
    /// The unique key that it asked for.
    public var uniqueKey: String?
    /// The attempts that did not succeed, oldest first; filled for a single job only.
    public var attempts: [AttemptRecord]
}
