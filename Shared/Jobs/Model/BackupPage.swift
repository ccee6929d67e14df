// SPDX-License-Identifier: Apache-2.0
// Martlet: lists of backups.

public import Platform

/// What is known of a backup's usefulness.
public enum BackupState: String, CaseIterable, Sendable {
    /// Under way, or cut off.
    case unfinished
    /// Complete; nobody has looked at it yet.
    case complete
    /// The last check found it good.
    case verified
    /// The last check found it damaged.
    case damaged
}

/// Which backups a list shows; nil means any.
public struct BackupFilter: Hashable, Sendable {
    /// The system's identifier.
    public var system: String?
    /// `physical` or `logical`.
    public var method: String?
    /// What is known of them.
    public var state: BackupState?

    /// Creates a filter.
    public init(system: String? = nil, method: String? = nil, state: BackupState? = nil) {
        self.system = system
        self.method = method
        self.state = state
    }
}

/// A place in a list of backups: the page holds what comes after this one.
public struct BackupCursor: Hashable, Sendable {
    /// The backup's name.
    public let id: String
    /// Its system's identifier.
    public let system: String

    /// Takes both over.
    public init(id: String, system: String) {
        self.id = id
        self.system = system
    }
}

/// One page of a list of backups, newest first.
public struct BackupPage: Sendable {
    /// A backup, what is known of it, and when it was looked at last.
    public struct Item: Hashable, Sendable {
        /// The backup.
        public let backup: BackupRecord
        /// What is known of it.
        public let state: BackupState
        /// When the last check that says something of it ended.
        public let checked: Timestamp?
    }

    /// The backups.
    public let items: [Item]
    /// Where the next page begins; nil when there is no more.
    public let next: BackupCursor?
}

/// What counts of a system's backups: the newest of everything.
public struct BackupSummary: Hashable, Sendable {
    /// The system's identifier.
    public let system: String
    /// When the newest backup was complete, by method.
    public var lastBackups: [String: Timestamp] = [:]
    /// The newest verification.
    public var lastVerification: BackupCheckRecord?
    /// The newest drill.
    public var lastDrill: BackupCheckRecord?
    /// The newest drill that measured something: its RPO and RTO are the ones that count.
    public var lastMeasured: BackupCheckRecord?
    /// Who receives its WAL.
    public var receiver: LogReceiverRecord?

    init(_ system: String) { self.system = system }
}
