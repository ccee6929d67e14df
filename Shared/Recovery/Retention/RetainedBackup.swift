// SPDX-License-Identifier: Apache-2.0
// Martlet: a finished backup as retention sees it.
public import Platform

/// What retention must know of a finished backup.
public struct RetainedBackup: Hashable, Sendable {
    /// What is known of a backup's health.
    public enum Health: Hashable, Sendable {
        /// Nobody looked since it was made.
        case unknown
        /// The last look found it good.
        case sound
        /// The last look found damage, or it could not be restored.
        case damaged
        /// Its entry can't be read: damaged, forged, or of a later version.
        case unreadable
    }

    /// Its name, which holds the method.
    public let id: BackupID
    /// The database of a logical one.
    public var database: String?
    /// When it was complete. A restore reaches this moment, and with WAL each later one.
    public var ended: Timestamp
    /// The timeline of its end; nil for logical ones, and when it is not known.
    public var timeline: UInt32?
    /// The timeline of its start, an earlier one when the server changed over meanwhile; nil when it is not known.
    public var startTimeline: UInt32?
    /// The position (LSN) from which on WAL is needed.
    public var start: UInt64?
    /// The position (LSN) that must be reached before the data are consistent.
    public var end: UInt64?
    /// Bytes of the server's WAL segments.
    public var segmentSize: Int?
    /// Stored bytes.
    public var bytes: Int64
    /// Whether somebody wants it kept whatever the policy.
    public var isPinned: Bool
    /// Whether somebody reads it just now.
    public var isRead: Bool
    /// What the last check said.
    public var health: Health

    /// Describes a backup.
    public init(
        _ id: BackupID,
        ended: Timestamp,
        database: String? = nil,
        timeline: UInt32? = nil,
        startTimeline: UInt32? = nil,
        start: UInt64? = nil,
        end: UInt64? = nil,
        segmentSize: Int? = nil,
        bytes: Int64 = 0,
        isPinned: Bool = false,
        isRead: Bool = false,
        health: Health = .unknown
    ) {
        self.id = id
        self.ended = ended
        self.database = database
        self.timeline = timeline
        self.startTimeline = startTimeline
        self.start = start
        self.end = end
        self.segmentSize = segmentSize
        self.bytes = bytes
        self.isPinned = isPinned
        self.isRead = isRead
        self.health = health
    }
}

/// A backup's folder in a store without an entry.
public struct UnfinishedBackup: Hashable, Sendable {
    /// Its name.
    public let id: BackupID
    /// When its head was written, by the store's clock; nil without a head: what a removal that was killed has left.
    public let began: Timestamp?

    /// Takes both over.
    public init(_ id: BackupID, began: Timestamp?) {
        self.id = id
        self.began = began
    }
}
