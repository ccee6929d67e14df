// SPDX-License-Identifier: Apache-2.0
// Martlet: a drill as a run of its own: one at a time, and its result is kept.

extension Drill {
    /// Runs a drill while no other drill is under way on the system, and keeps its result beside the backup.
    ///
    /// While it runs, retention leaves the backup and its log alone; backups and prunes go on.
    /// - Parameter holder: Who drills; shown to whom the lease is refused.
    /// - Throws: `.locked` when another drill is under way or the lease is lost; `.store` when the result can't be kept; as `run`.
    public func record(_ entry: CatalogueEntry, as holder: LeaseHolder) async throws(RecoveryError) -> DrillReport {
        var holder = holder
        holder.backup = entry.id
        let named = holder
        return try await RunLease.hold(system, in: store, as: named, kind: .drill) { _ throws(RecoveryError) in
            try await recordUnleased(entry, as: named)
        }
    }

    /// As `record`, for callers who hold the drills' lease already.
    public func recordUnleased(_ entry: CatalogueEntry, as holder: LeaseHolder) async throws(RecoveryError)
        -> DrillReport
    {
        let report = try await ReaderMark.hold(entry.id, of: system, in: store, as: holder) {
            () throws(RecoveryError) in
            try await run(entry)
        }
        try await report.check(settings.objectives).save(in: store, keys: keys)
        return report
    }
}
