// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a backup's own log is there, before hours are spent on its files.

internal import Logging
internal import ObjectStore
internal import Postgres
internal import Recovery

/// Looks for the log that a physical backup needs to be consistent, and then for gaps on the way to the moment asked
/// for.
struct LogReach: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// - Throws: `.missingLog` with the first segment that is missing.
    func check(_ entry: CatalogueEntry) async throws(RecoveryError) {
        let facts = entry.facts
        guard let start = facts.startLSN, let end = facts.endLSN, let timeline = facts.timeline,
            let segmentSize = facts.segmentSize
        else { return }
        let missing = try await context.archive(of: entry.system)
            .missing(from: start, to: end, timeline: timeline, segmentSize: segmentSize)
        guard let first = missing.first else {
            return try await lookForGap(entry, from: start, on: timeline, segmentSize: segmentSize)
        }
        throw RecoveryError(
            .missingLog,
            "\(entry.id) needs the log from \(start) to \(end), and segment \(first) is not in \(context.store.place): "
                + "restore an older backup (`--backup`), or repair the store from another one"
        )
    }

    /// Says where the log has a gap: a moment before it can be reached, which nobody knows beforehand of names,
    /// transactions and times.
    /// - Throws: `.missingLog` when the position asked for surely lies behind it; `.store`.
    private func lookForGap(
        _ entry: CatalogueEntry,
        from start: LSN,
        on timeline: UInt32,
        segmentSize: Int
    ) async throws(RecoveryError) {
        let wanted = context.settings.restore
        guard wanted.target != .immediate, !wanted.endsAtGap else { return }
        let (coverage, histories) = try await context.archive(of: entry.system).coverage(segmentSize: segmentSize)
        guard let line = Self.line(histories, from: timeline, to: wanted.timeline),
            let lost = coverage.missing(from: start, along: line, limit: 1).first,
            let reach = coverage.reach(from: start, along: line)
        else { return }
        let advice = "`--end-at-gap` restores what lies before, and gives up all behind it"
        if case .position(let position) = wanted.target {
            guard position > reach else { return }
            throw RecoveryError(
                .missingLog,
                "the log is missing from \(reach) on (segment \(lost)), and \(position) lies behind it; \(advice)"
            )
        }
        context.logger.warning(
            "log is missing: the server will stop there with an error, unless the moment asked for lies before",
            metadata: ["from": "\(reach)", "segment": "\(lost)", "advice": "\(advice)"]
        )
    }

    /// The timelines that a restore follows, as the server chooses them; nil when it will find none.
    private static func line(_ histories: [TimelineHistory], from timeline: UInt32, to wanted: String)
        -> TimelineHistory?
    {
        let own = TimelineHistory(timeline: timeline)
        switch wanted {
        case "current": return histories.first { $0.timeline == timeline } ?? own
        case "latest":
            let newest = histories.max { $0.timeline < $1.timeline }
            return newest.map { $0.timeline > timeline ? $0 : own } ?? own
        default:
            guard let number = UInt32(wanted) else { return nil }
            return histories.first { $0.timeline == number } ?? (number == timeline ? own : nil)
        }
    }
}
