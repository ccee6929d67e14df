// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a backup's own log is there, before hours are spent on its files.

internal import Logging
internal import ObjectStore
internal import Postgres
internal import Recovery

/// Looks for the log that a physical backup needs to be consistent, and then for gaps on the way to the moment asked
/// for, and whether the log goes as far.
struct LogReach: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// - Throws: `.missingLog` with the first segment that is missing; `.request` for a timeline that the backup does not
    ///   lead to.
    func check(_ entry: CatalogueEntry) async throws(RecoveryError) {
        let facts = entry.facts
        guard let start = facts.startLSN, let end = facts.endLSN, let timeline = facts.timeline,
            let segmentSize = facts.segmentSize
        else { return }
        let archive = try await context.archive(of: entry.system)
        if let wanted = UInt32(context.settings.restore.timeline), wanted != timeline {
            let (_, histories) = try await archive.coverage(segmentSize: segmentSize)
            if let problem = Self.problem(histories, with: wanted, from: timeline, at: end) {
                throw RecoveryError(.request, "\(entry.id): \(problem)")
            }
        }
        let missing = try await archive.missing(from: start, to: end, timeline: timeline, segmentSize: segmentSize)
        guard let first = missing.first else {
            try await lookForEnd(entry)
            return try await lookForGap(entry, from: start, on: timeline, segmentSize: segmentSize)
        }
        throw RecoveryError(
            .missingLog,
            "\(entry.id) needs the log from \(start) to \(end), and segment \(first) is not in \(context.store.place): "
                + "restore an older backup (`--backup`), or repair the store from another one"
        )
    }

    /// Why a server would refuse to follow a timeline from a backup on; nil if it does.
    /// - Parameters:
    ///   - timeline: The backup's, at its end.
    ///   - end: The backup's end, which the way to the other timeline must pass.
    static func problem(
        _ histories: [TimelineHistory],
        with wanted: UInt32,
        from timeline: UInt32,
        at end: LSN
    ) -> String? {
        guard let history = histories.first(where: { $0.timeline == wanted }) else {
            let known = Set(histories.map(\.timeline) + [timeline]).sorted().map(String.init).joined(separator: ", ")
            return "the store has no timeline \(wanted); it has \(known)"
        }
        guard let branch = history.end(of: timeline) else {
            return "timeline \(wanted) does not come from timeline \(timeline), the backup's: name another backup"
        }
        return branch < end ? "timeline \(wanted) left timeline \(timeline) at \(branch), before the backup's end" : nil
    }

    /// Says that the store has no log of the time asked for: the server would replay all that there is, and then end
    /// with an error. Not more than a word, since the clocks of the store and the server may differ.
    private func lookForEnd(_ entry: CatalogueEntry) async throws(RecoveryError) {
        guard case .time(let time) = context.settings.restore.target else { return }
        let files = try await Catalogue(context.store, keys: context.keys).wal(of: entry.system).flatMap(\.files)
        let newest = files.filter { file in if case .history = file.name { false } else { true } }.map(\.info.modified)
            .max()
        guard let newest, time > newest else { return }
        context.logger.warning(
            "the moment is later than all log in the store, and a server ends its recovery with an error when the log doesn't reach it: leave out --at to get all that there is",
            metadata: ["at": "\(time)", "newest": "\(newest)"]
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
