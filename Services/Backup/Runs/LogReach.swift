// SPDX-License-Identifier: Apache-2.0
// Martlet: whether a backup's own log is there, before hours are spent on its files.

internal import ObjectStore
internal import Postgres
internal import Recovery

/// Looks for the log that a physical backup needs to be consistent.
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
        guard let first = missing.first else { return }
        throw RecoveryError(
            .missingLog,
            "\(entry.id) needs the log from \(start) to \(end), and segment \(first) is not in \(context.store.place): "
                + "restore an older backup (`--backup`), or repair the store from another one"
        )
    }
}
