// SPDX-License-Identifier: Apache-2.0
// Martlet: what lies in a store of one system, as retention sees it.
public import ObjectStore

/// A system's backups, WAL, check results and exports.
public struct RetentionContents: Sendable {
    /// The result of a check, by its name.
    public struct Check: Hashable, Sendable {
        /// The backup that was looked at; it may be gone.
        public let backup: BackupID
        /// How.
        public let kind: CheckKind
        /// Its object.
        public let info: ObjectInfo

        /// Takes the three over.
        public init(backup: BackupID, kind: CheckKind, info: ObjectInfo) {
            self.backup = backup
            self.kind = kind
            self.info = info
        }
    }

    /// The system.
    public let system: SystemID
    /// The finished backups.
    public var backups: [RetainedBackup]
    /// Backups without an entry.
    public var unfinished: [UnfinishedBackup]
    /// The WAL by timeline.
    public var log: [WALTimeline]
    /// All check results.
    public var checks: [Check]
    /// All exports of the configuration, by name.
    public var exports: [ObjectKey]

    /// Takes them over.
    public init(
        _ system: SystemID,
        backups: [RetainedBackup] = [],
        unfinished: [UnfinishedBackup] = [],
        log: [WALTimeline] = [],
        checks: [Check] = [],
        exports: [ObjectKey] = []
    ) {
        self.system = system
        self.backups = backups
        self.unfinished = unfinished
        self.log = log
        self.checks = checks
        self.exports = exports
    }
}
