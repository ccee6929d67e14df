// SPDX-License-Identifier: Apache-2.0
// Martlet: what a store holds of one system.
public import ObjectStore
public import Platform

/// A system's backups as they lie in a store, whatever else lies beside them.
public struct CatalogueListing: Sendable {
    /// A finished backup.
    public struct Backup: Sendable {
        /// Its name.
        public let id: BackupID
        /// What its entry says, and how far that can be trusted; nil when it can't be read.
        public let entry: CheckedEntry?
        /// Why the entry can't be read.
        public let problem: String?
        /// When the entry was written, by the store's clock.
        public let listed: Timestamp
        /// Whether retention leaves it alone.
        public let isPinned: Bool
        /// Whether somebody reads it just now: a drill, a restore or a verification.
        public let isRead: Bool
        /// The newest results of each kind of check down to one that says something, the newest first.
        public let checks: [CheckedResult]

        /// What the checks say of it.
        public var health: RetainedBackup.Health {
            guard entry != nil else { return .unreadable }
            return switch checks.first(where: { $0.result.outcome != .failed })?.result.outcome {
            case .passed: .sound
            case .damaged: .damaged
            case .failed, nil: .unknown
            }
        }
    }

    /// The system.
    public let system: SystemID
    /// The finished backups, the oldest first.
    public let backups: [Backup]
    /// Backups under way, cut off, or removed in part; the oldest first.
    public let unfinished: [UnfinishedBackup]
    /// The newest results of each kind down to one that says something, also of backups that are gone; the newest
    /// first.
    public let lastChecks: [CheckedResult]
    /// The names of all check results, for retention.
    public let checks: [RetentionContents.Check]
    /// Names that are none of ours, the first 100; whoever lists or restores is not bothered by them.
    public let strangers: [ObjectKey]
}
