// SPDX-License-Identifier: Apache-2.0
// Martlet: which backups restore which timelines.
internal import Platform
internal import Postgres

/// The timelines of a system and how they come from each other.
struct TimelineTree {
    private let timelines: [UInt32: WALTimeline]
    private let segments: Set<WALSegment>
    /// The latest timeline, which is the present one: 1 when there is neither WAL nor a backup.
    let latest: UInt32

    init(_ log: [WALTimeline], backups: [RetainedBackup]) {
        timelines = Dictionary(log.map { ($0.id, $0) }) { first, _ in first }
        segments = Set(log.flatMap(\.segments))
        latest = max(timelines.keys.max() ?? 1, backups.compactMap(\.timeline).max() ?? 1)
    }

    /// Whether a timeline can be restored from a backup; nil when its history can't be read.
    func reaches(_ timeline: UInt32, from backup: RetainedBackup) -> Bool? {
        guard let origin = backup.timeline else { return nil }
        guard origin != timeline else { return true }
        guard origin < timeline else { return false }
        guard let history = timelines[timeline]?.history else { return nil }
        guard let branch = history.end(of: origin) else { return false }
        // A backup that was not complete when its timeline was left would be completed by WAL that nobody has.
        return branch.value >= (backup.end ?? backup.start ?? 0)
    }

    /// Whether a backup has the WAL that makes it consistent: a logical one needs none, and one that can't be judged, since its
    /// entry does not say enough, counts as lacking it.
    func hasWAL(_ backup: RetainedBackup) -> Bool {
        guard backup.id.method == .physical else { return true }
        let reached = timelines.keys.filter { reaches($0, from: backup) == true }
        return WALNeed.isOwnComplete(backup, in: segments, of: reached) == true
    }

    /// The timelines on which the server lived since a moment: the one of that moment, and all later ones.
    func lived(since moment: Timestamp) -> [UInt32] {
        let known = Set(timelines.keys).union([latest]).sorted()
        let first = known.last { timelines[$0]?.began.map { $0 <= moment } ?? false } ?? known.first ?? 1
        return known.filter { $0 >= first }
    }

    /// The newest of `backups` (ordered from the newest on) from which a timeline can be restored.
    ///
    /// When its history can't be read, all that may be it come too, marked as such.
    func keepers(of timeline: UInt32, among backups: [RetainedBackup], because reason: RetentionReason)
        -> [(BackupID, RetentionReason)]
    {
        var found: [(BackupID, RetentionReason)] = []
        for backup in backups {
            switch reaches(timeline, from: backup) {
            case true: return found + [(backup.id, reason)]
            case false: continue
            case nil: found.append((backup.id, .unknownHistory(timeline)))
            }
        }
        return found
    }
}
