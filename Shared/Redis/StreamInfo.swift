// SPDX-License-Identifier: Apache-2.0
// Martlet: the answers to XINFO.

/// Facts about a stream.
public struct StreamInfo: Sendable, Equatable {
    /// Entries in the stream.
    public var length: Int
    /// The id given last; a stream that was rewound has a smaller one than was seen before.
    public var lastGeneratedID: StreamEntryID
    /// The biggest id that was deleted; `0-0` for none.
    public var maxDeletedID: StreamEntryID
    /// Entries ever added.
    public var entriesAdded: Int
    /// Consumer groups.
    public var groups: Int
    /// The id of the first entry; nil when the stream is empty.
    public var firstEntryID: StreamEntryID?
    /// The id of the last entry; nil when the stream is empty.
    public var lastEntryID: StreamEntryID?
}

/// Facts about a consumer group.
public struct StreamGroupInfo: Sendable, Equatable {
    /// The group's name.
    public var name: String
    /// Consumers known to the server.
    public var consumers: Int
    /// Entries delivered but not acknowledged.
    public var pending: Int
    /// The id delivered last.
    public var lastDeliveredID: StreamEntryID
    /// Entries read by the group so far; nil when the server cannot tell.
    public var entriesRead: Int?
    /// Entries not yet delivered; nil when the server cannot tell, for example after deletions of undelivered entries.
    public var lag: Int?
}

/// Facts about a consumer.
public struct StreamConsumerInfo: Sendable, Equatable {
    /// The consumer's name.
    public var name: String
    /// Entries delivered to it but not acknowledged.
    public var pending: Int
    /// Time since it last asked for entries.
    public var idle: Duration
}
