// SPDX-License-Identifier: Apache-2.0
// Martlet: what a policy keeps and removes, worked out before anything is touched.
public import ObjectStore
public import Platform

/// What is kept and removed of one system's backups, WAL, check results and exports, with a reason for each backup.
///
/// A pure function of what lies in the store, the policy and the time. What always holds:
/// - Of each method (and database) the newest backup stays, and so does the newest that is not known to be damaged and
///   whose WAL is known to be there; the newest from which the present timeline can be restored stays, though a later one belongs to a
///   timeline that was left.
/// - A recovery window keeps what restores its first moment, on each timeline on which the server lived since.
/// - Damaged backups don't take others' places: each rule is applied with and without them, and either keeps.
/// - Pinned backups, those that a run works at or somebody reads, and those whose entries can't be read stay.
/// - Each kept physical backup keeps its WAL. Histories of timelines are never removed: a server numbers its next
///   timeline by them.
/// - The order is that of time within one system, never that of names of WAL files.
/// - Planning again after the plan was executed removes nothing.
public struct RetentionPlan: Sendable {
    /// A backup, and what becomes of it.
    public struct Decision: Hashable, Sendable {
        /// The backup.
        public let id: BackupID
        /// Whether it stays.
        public let isKept: Bool
        /// Why; at least one.
        public let reasons: [RetentionReason]
        /// When it was complete; nil for an unfinished one.
        public let ended: Timestamp?
        /// Stored bytes; 0 for an unfinished one.
        public let bytes: Int64
    }

    /// A timeline's WAL files, and what becomes of them.
    public struct LogDecision: Hashable, Sendable {
        /// The timeline.
        public let timeline: UInt32
        /// Files and pieces that stay.
        public let kept: Int
        /// Files and pieces that go.
        public let removed: [ObjectInfo]
    }

    /// The system.
    public let system: SystemID
    /// All backups, finished and unfinished, the oldest first.
    public let backups: [Decision]
    /// The WAL by timeline.
    public let log: [LogDecision]
    /// Check results that go.
    public let removedChecks: [ObjectKey]
    /// How many exports stay.
    public let keptExports: Int
    /// Exports that go, the oldest first.
    public let removedExports: [ObjectKey]

    /// Whether nothing goes.
    public var isEmpty: Bool {
        removedBackups.isEmpty && removedChecks.isEmpty && removedExports.isEmpty && log.allSatisfy(\.removed.isEmpty)
    }

    /// The backups that go, the oldest first.
    public var removedBackups: [BackupID] { backups.filter { !$0.isKept }.map(\.id) }

    /// Works a plan out.
    /// - Parameters:
    ///   - contents: What lies in the store.
    ///   - inUse: The backup that a run works at.
    ///   - policy: What is to be kept.
    ///   - now: The time.
    public init(_ contents: RetentionContents, inUse: BackupID? = nil, policy: RetentionPolicy, now: Timestamp) {
        system = contents.system
        let reasons = Self.keepReasons(contents, inUse: inUse, policy: policy, now: now)
        var decisions = contents.backups.map { backup in
            let kept = reasons[backup.id] ?? []
            return Decision(
                id: backup.id,
                isKept: !kept.isEmpty,
                reasons: kept.isEmpty ? [.noRule] : kept,
                ended: backup.ended,
                bytes: backup.bytes
            )
        }
        decisions += contents.unfinished.map { Self.decision(on: $0, inUse: inUse, policy: policy, now: now) }
        backups = decisions.sorted { $0.id < $1.id }
        let kept = contents.backups.filter { reasons[$0.id] != nil }
        let needs = Self.needs(of: kept, because: reasons, policy: policy)
        log = contents.log.map { Self.decision(on: $0, needs: needs) }
        let stay = Set(decisions.filter(\.isKept).map(\.id))
        removedChecks = Self.outdated(contents.checks, keptBackups: stay)
        removedExports = Self.outdated(contents.exports, policy: policy, now: now)
        keptExports = contents.exports.count - removedExports.count
    }

    private static func keepReasons(
        _ contents: RetentionContents,
        inUse: BackupID?,
        policy: RetentionPolicy,
        now: Timestamp
    ) -> [BackupID: [RetentionReason]] {
        var found: [(BackupID, RetentionReason)] = []
        let tree = TimelineTree(contents.log, backups: contents.backups)
        let readable = contents.backups.filter { $0.health != .unreadable }
        for group in Dictionary(grouping: readable, by: BackupGroup.init).values {
            let all = group.sorted { ($1.ended, $1.id) < ($0.ended, $0.id) }
            let sound = all.filter { $0.health != .damaged && tree.hasWAL($0) }
            let rules = RetentionRules(policy: policy, now: now)
            for list in [all, sound] {
                found += rules.reasons(for: list)
                found += list.prefix(1).map { ($0.id, list.count == all.count ? .newest : .newestSound) }
                guard all.first?.id.method == .physical else {
                    if let start = rules.windowStart, let first = list.first(where: { $0.ended <= start }) {
                        found.append((first.id, .windowStart))
                    }
                    continue
                }
                found += tree.keepers(of: tree.latest, among: list, because: .newestOnTimeline(tree.latest))
                guard let start = rules.windowStart else { continue }
                let before = list.filter { $0.ended <= start }
                for timeline in tree.lived(since: start) {
                    found += tree.keepers(of: timeline, among: before, because: .windowStart)
                }
            }
            // Of a newest that is damaged, the last that somebody has seen to be good is worth more than one nobody
            // looked at.
            if all.first?.health == .damaged, let good = sound.first(where: { $0.health == .sound }) {
                found.append((good.id, .newestSound))
            }
        }
        for backup in contents.backups {
            if backup.isPinned { found.append((backup.id, .pinned)) }
            if backup.id == inUse || backup.isRead { found.append((backup.id, .inUse)) }
            if backup.health == .unreadable { found.append((backup.id, .unreadable)) }
        }
        return found.reduce(into: [:]) { reasons, item in
            if reasons[item.0]?.contains(item.1) != true { reasons[item.0, default: []].append(item.1) }
        }
    }

    private static func decision(
        on backup: UnfinishedBackup,
        inUse: BackupID?,
        policy: RetentionPolicy,
        now: Timestamp
    ) -> Decision {
        let reason: RetentionReason
        if backup.id == inUse {
            reason = .inUse
        } else if let began = backup.began {
            reason = began > now + (.zero - policy.unfinished) ? .unfinishedYoung : .unfinishedOld
        } else {
            reason = .remains
        }
        let isKept = reason == .inUse || reason == .unfinishedYoung
        return Decision(id: backup.id, isKept: isKept, reasons: [reason], ended: nil, bytes: 0)
    }

    /// Nil when there is nothing to measure by: WAL that comes before the first backup may be a running one's.
    private static func needs(
        of kept: [RetainedBackup],
        because reasons: [BackupID: [RetentionReason]],
        policy: RetentionPolicy
    ) -> [WALNeed]? {
        let physical = kept.filter { $0.id.method == .physical }
        guard !physical.isEmpty else { return nil }
        return physical.map { backup in
            let isOwnOnly = policy.trimsLog && !(reasons[backup.id] ?? []).contains(where: \.needsLaterLog)
            return WALNeed(backup, isOwnOnly: isOwnOnly)
        }
    }

    private static func decision(on timeline: WALTimeline, needs: [WALNeed]?) -> LogDecision {
        let whole = Set(timeline.segments)
        let removed = timeline.files.filter { file in
            guard let segment = file.name.segment else { return false }
            if file.isPiece, whole.contains(segment) { return true }
            guard let needs else { return false }
            return !needs.contains { $0.holds(segment) }
        }
        return LogDecision(
            timeline: timeline.id,
            kept: timeline.files.count - removed.count,
            removed: removed.map(\.info)
        )
    }

    /// Exports that are neither among the newest nor young; their names are their times.
    private static func outdated(_ exports: [ObjectKey], policy: RetentionPolicy, now: Timestamp) -> [ObjectKey] {
        guard let count = policy.exports else { return [] }
        let young = now + (.zero - policy.exportAge)
        return exports.sorted().dropLast(max(1, count)).filter { key in
            StoredExports.time(of: String(key.name)).map { $0 < young } ?? false
        }
    }

    /// Results of backups that go, except the newest of each kind: it tells how late the next one is.
    private static func outdated(_ checks: [RetentionContents.Check], keptBackups: Set<BackupID>) -> [ObjectKey] {
        var newest: [CheckKind: ObjectInfo] = [:]
        for check in checks {
            guard let known = newest[check.kind], (check.info.modified, check.info.key) <= (known.modified, known.key)
            else {
                newest[check.kind] = check.info
                continue
            }
        }
        return checks.filter { !keptBackups.contains($0.backup) && newest[$0.kind]?.key != $0.info.key }.map(\.info.key)
    }
}

/// Backups that take each other's place.
private struct BackupGroup: Hashable {
    let method: BackupMethod
    let database: String?

    init(_ backup: RetainedBackup) {
        method = backup.id.method
        database = backup.database
    }
}

extension RetentionReason {
    /// Whether moments after the backup's end are to be restored from it.
    fileprivate var needsLaterLog: Bool {
        switch self {
        case .window, .windowStart, .newest, .newestSound, .newestOnTimeline, .unknownHistory, .unreadable, .noRules,
            .inUse:
            true
        default: false
        }
    }
}
