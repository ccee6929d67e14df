// SPDX-License-Identifier: Apache-2.0
// Martlet: who receives a system's WAL, as the ledger has it.

public import Platform

/// How far the receiver of a system's WAL is.
public struct LogReceiverRecord: Hashable, Sendable {
    /// The system's identifier.
    public var system: String
    /// The host that receives.
    public var host: String
    /// The timeline.
    public var timeline: UInt32
    /// The last position that is durable in the store, as PostgreSQL writes it.
    public var position: String
    /// Bytes that the server has written beyond it.
    public var lagBytes: Int64
    /// How old the oldest byte of them is.
    public var lag: Duration
    /// Ranges of segments that are missing in the store.
    public var gaps: Int
    /// When it was heard of, by the ledger's clock; ignored when it is written.
    public var seen: Timestamp

    /// Describes a receiver.
    public init(
        system: String,
        host: String,
        timeline: UInt32,
        position: String,
        lagBytes: Int64,
        lag: Duration,
        gaps: Int,
        seen: Timestamp = .earliest
    ) {
        self.system = system
        self.host = host
        self.timeline = timeline
        self.position = position
        self.lagBytes = lagBytes
        self.lag = lag
        self.gaps = gaps
        self.seen = seen
    }
}
