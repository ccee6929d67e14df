// SPDX-License-Identifier: Apache-2.0
// How a worker works.

/// How a worker works.
public struct WorkerOptions: Sendable {
    /// The queues that it serves; empty means all, also those made later.
    public var queues: [String] = []
    /// How many jobs it runs at once, 1 or more.
    public var concurrency = 64
    /// How many jobs of a kind it runs at once; goes before what the kind's handler says.
    public var kindConcurrency: [String: Int] = [:]
    /// How many finished attempts may wait for the ledger before no more jobs are taken.
    public var maxUnrecorded = 8_192
    /// Most jobs held ready beyond those that run; what is really held follows the recent rate.
    public var maxPrefetch = 2_000
    /// How long a lease lasts; a lost worker's jobs run elsewhere after at most this and the relay deadline.
    public var lease: Duration = .seconds(30)
    /// Timeout of an attempt whose job names none.
    public var timeout: Duration = .seconds(1_800)
    /// How long running jobs may go on after a request to shut down, before they are cancelled and given back.
    public var drain: Duration = .seconds(15)
    /// Days that finished jobs are kept.
    public var retentionDays = 14
    /// Workers that may be lost over a job before it is discarded.
    public var maxLosses = JobLimits.losses
    /// Whether it may come to lead the maintenance of the ledger; of several workers in one process one is enough.
    public var mayLead = true
    /// A name for people.
    public var name = "worker"
    /// The program's version.
    public var version = ""

    /// Creates the defaults.
    public init() {}
}
