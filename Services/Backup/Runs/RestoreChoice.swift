// SPDX-License-Identifier: Apache-2.0
// Martlet: which backup reaches a moment.

internal import Logging
internal import Platform
internal import Postgres
internal import Recovery

/// Chooses the backup to restore: the newest that was whole at the moment asked for, so that the least log is replayed.
struct RestoreChoice: Sendable {
    private let context: RunContext
    private let system: SystemID

    init(_ context: RunContext, of system: SystemID) {
        self.context = context
        self.system = system
    }

    /// The backup.
    /// - Throws: `.notFound`, `.request` when no backup is old enough.
    func entry() async throws(RecoveryError) -> CatalogueEntry {
        let shelf = BackupShelf(context, of: system)
        if let name = context.settings.run.backup {
            let entry = try await shelf.find(name)
            guard Self.reaches(context.settings.restore.target, from: entry) else {
                throw RecoveryError(
                    .request,
                    "\(entry.id) ended after the moment asked for: name an older one, or none"
                )
            }
            return entry
        }
        let content = try await shelf.content()
        for (id, error) in content.unreadable {
            context.logger.warning("a backup can't be read", metadata: ["backup": "\(id)", "error": "\(error)"])
        }
        let entries = content.finished.map(\.entry).filter { $0.method == .physical }
        guard let oldest = entries.first else {
            throw RecoveryError(.notFound, "there is no physical backup of system \(system)")
        }
        guard let entry = Self.newest(of: entries, for: context.settings.restore.target) else {
            throw RecoveryError(
                .request,
                "no backup is old enough for the moment asked for; the oldest, \(oldest.id), ended at "
                    + "\(oldest.ended) at \(oldest.facts.endLSN.map { "\($0)" } ?? "an unknown position")"
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
