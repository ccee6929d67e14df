// SPDX-License-Identifier: Apache-2.0
// Martlet: the answers to XPENDING.

/// How many entries of a group are delivered but not acknowledged.
public struct StreamPendingSummary: Sendable, Equatable {
    /// Their number.
    public var count: Int
    /// The smallest of their ids; nil when there are none.
    public var smallest: StreamEntryID?
    /// The biggest of their ids; nil when there are none.
    public var biggest: StreamEntryID?
    /// Their number for each consumer that has any.
    public var consumers: [String: Int]
}

/// One entry that is delivered but not acknowledged.
public struct StreamPendingEntry: Sendable, Equatable {
    /// The entry's id.
    public var id: StreamEntryID
    /// Who has it.
    public var consumer: String
    /// Time since the last delivery.
    public var idle: Duration
    /// How often it was delivered.
    public var deliveries: Int
}
