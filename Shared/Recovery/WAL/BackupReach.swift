// SPDX-License-Identifier: Apache-2.0
// Martlet: how far a physical backup can be restored.
public import Postgres

/// What an archive's log is worth for one backup.
public struct BackupReach: Hashable, Sendable {
    /// The timeline to which the newest position belongs: the latest one that the backup leads to.
    public let timeline: UInt32
    /// The newest position that can be restored; nil when not even the backup's first log is there.
    public let newest: LSN?
    /// Whether the backup can be restored at all: its log is there from its beginning to its end.
    public let isRestorable: Bool
    /// Segments that are missing behind the backup's beginning, at most 100: what comes after the first is out of
    /// reach.
    public let missing: [WALSegment]

    /// Judges a backup; nil when the facts are not those of a physical backup.
    /// - Parameter histories: all that the archive has.
    public init?(of facts: BackupFacts, in coverage: WALCoverage, histories: [TimelineHistory]) {
        guard let timeline = facts.timeline, let start = facts.startLSN, let end = facts.endLSN else { return nil }
        let own = histories.first { $0.timeline == timeline } ?? TimelineHistory(timeline: timeline)
        // As the server does with `latest`: the newest timeline that branched off behind the backup's end.
        let line =
            histories.filter { $0.end(of: timeline).map { $0 >= end } ?? false }
            .max { $0.timeline < $1.timeline } ?? own
        self.timeline = line.timeline
        newest = coverage.reach(from: start, along: line)
        isRestorable = newest.map { $0 >= end } ?? false
        missing = coverage.missing(from: start, along: line)
    }
}
