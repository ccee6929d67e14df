// SPDX-License-Identifier: Apache-2.0
// The counts that readers see; sampled and folded by the leader, never counted for a reader.

/// Counts by queue.
public struct LedgerStats: Sendable {
    /// One queue's counts.
    public struct Queue: Sendable {
        /// The queue's number.
        public var number: Int32
        /// The queue's name.
        public var name: String
        /// Unfinished jobs by state.
        public var unfinished: [JobState: Int64] = [:]
        /// Finished jobs by outcome, since the counting began.
        public var finished: [JobOutcome: Int64] = [:]
        /// Finished jobs by outcome in the last whole minute.
        public var lastMinute: [JobOutcome: Int64] = [:]
        /// When the oldest available job became due; microseconds since 1970.
        public var oldestAvailableAt: Int64?
    }

    /// The queues, by name.
    public var queues: [Queue]
    /// When the unfinished jobs were counted; microseconds since 1970, nil when never.
    public var sampledAt: Int64?
    /// When this was read, by the ledger's clock; microseconds since 1970.
    public var readAt: Int64
}
