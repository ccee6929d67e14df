// SPDX-License-Identifier: Apache-2.0
// Martlet: what retention must know of a backup, from its entry.
internal import Platform
internal import Postgres

extension RetainedBackup {
    /// Describes a listed backup; what its entry does not say is nil, which makes retention keep more.
    init(_ backup: CatalogueListing.Backup, log: [WALTimeline]) {
        let facts = backup.entry?.entry.facts
        let timeline = facts?.timeline
        let known = timeline == 1 ? TimelineHistory(timeline: 1) : log.first { $0.id == timeline }?.history
        self.init(
            backup.id,
            ended: backup.entry?.entry.ended ?? backup.listed,
            database: facts?.database,
            timeline: timeline,
            startTimeline: known.flatMap { history in facts?.startLSN.map { history.timeline(at: $0) } },
            start: facts?.startLSN?.value,
            end: facts?.endLSN?.value,
            segmentSize: facts?.segmentSize.flatMap { (1 << 20...1 << 30).contains($0) ? $0 : nil },
            bytes: backup.entry?.entry.storedSize ?? 0,
            isPinned: backup.isPinned,
            isRead: backup.isRead,
            health: backup.health
        )
    }
}
