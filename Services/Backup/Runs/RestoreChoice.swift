// SPDX-License-Identifier: Apache-2.0
// Martlet: which backup reaches a moment.

internal import Logging
internal import Platform
internal import Postgres
internal import Recovery

/// Chooses the backup to restore: the newest that was whole at the moment asked for, so that the least log is replayed;
/// one that a check found damaged only where no other reaches.
struct RestoreChoice: Sendable {
    private let context: RunContext
    private let system: SystemID

    init(_ context: RunContext, of system: SystemID) {
        self.context = context
        self.system = system
    }

    /// The backup.
    /// - Throws: `.notFound`, `.request` when no backup is old enough.
    func entry(_ method: BackupMethod) async throws(RecoveryError) -> CatalogueEntry {
        let shelf = BackupShelf(context, of: system)
        if let name = context.settings.run.backup {
            let entry = try await shelf.find(name, method)
            guard entry.method == method else {
                let place = entry.method == .logical ? "a database" : "a folder"
                throw RecoveryError(.request, "\(entry.id) is a \(entry.method) backup: `--to` must name \(place)")
            }
            guard Self.reaches(context.settings.restore.target, from: entry) else {
                throw RecoveryError(
                    .request,
                    "\(entry.id) ended after the moment asked for: name an older one, or none"
                )
            }
            return entry
        }
        let backups = try await shelf.listing().backups.filter { $0.id.method == method }
        let readable = backups.filter { $0.entry != nil }
        guard let oldest = readable.first?.entry?.entry else {
            let why = backups.last?.problem.map { "; the newest can't be read: \($0)" } ?? ""
            throw RecoveryError(.notFound, "there is no \(method) backup of system \(system) that can be read\(why)")
        }
        let target = context.settings.restore.target
        let sound = readable.filter { $0.health != .damaged }.compactMap { $0.entry?.entry }
        guard let entry = Self.newest(of: sound, for: target) else {
            // It may have been repaired since the last look, and part of the data is better than none.
            guard let entry = Self.newest(of: readable.compactMap { $0.entry?.entry }, for: target) else {
                throw RecoveryError(
                    .request,
                    "no backup is old enough for the moment asked for; the oldest, \(oldest.id), ended at "
                        + "\(oldest.ended) at \(oldest.facts.endLSN.map { "\($0)" } ?? "an unknown position")"
                )
            }
            context.logger.warning(
                "no sound backup reaches the moment asked for: one is taken that a check found damaged",
                metadata: ["backup": "\(entry.id)", "other": "`--backup` names another one"]
            )
            return entry
        }
        for backup in backups where backup.id > entry.id && backup.health != .sound && backup.health != .unknown {
            let problem = backup.problem ?? "the last check found damage"
            context.logger.warning(
                "a backup is passed over",
                metadata: ["backup": "\(backup.id)", "why": "\(problem)"]
            )
        }
        return entry
    }

    /// The newest of some, ordered by time, from which a target can be reached.
    static func newest(of entries: [CatalogueEntry], for target: RecoveryTarget) -> CatalogueEntry? {
        entries.last { reaches(target, from: $0) }
    }

    /// Whether a backup was whole before a moment; of names and transactions nothing is known beforehand.
    static func reaches(_ target: RecoveryTarget, from entry: CatalogueEntry) -> Bool {
        switch target {
        case .time(let time): entry.ended <= time
        case .position(let position): entry.facts.endLSN.map { $0 <= position } ?? false
        case .latest, .immediate, .name, .transaction: true
        }
    }
}
