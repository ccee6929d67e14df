// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a backup's own log is there, before hours are spent on its files.

internal import Postgres
internal import Recovery

/// Looks for the log that a physical backup needs to be consistent.
struct LogReach: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// - Throws: `.missingLog` with the first segments that are missing.
    func check(_ entry: CatalogueEntry) async throws(RecoveryError) {
        let facts = entry.facts
        guard let start = facts.startLSN, let end = facts.endLSN, let timeline = facts.timeline,
            let segmentSize = facts.segmentSize
        else { return }
        let (coverage, histories) = try await context.archive(of: entry.system).coverage(segmentSize: segmentSize)
        let history = histories.first { $0.timeline == timeline } ?? TimelineHistory(timeline: timeline)
        let reach = coverage.reach(from: start, along: history)
        if let reach, reach >= end { return }
        let first = WALSegment(
            timeline: history.timeline(at: reach ?? start),
            holding: reach ?? start,
            size: segmentSize
        )
        throw RecoveryError(
            .missingLog,
            "\(entry.id) needs the log from \(start) to \(end), and segment \(first) is not in \(context.store.place): "
                + "restore an older backup (`--backup`), or repair the store from another one"
        )
    }
}
