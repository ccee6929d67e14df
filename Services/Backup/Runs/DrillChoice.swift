// SPDX-License-Identifier: Apache-2.0
// Martlet: which backup a drill restores.

internal import Logging
internal import Recovery

/// Chooses what a restore would choose: the newest that is not known to be damaged.
struct DrillChoice: Sendable {
    private let context: RunContext
    private let system: SystemID

    init(_ context: RunContext, of system: SystemID) {
        self.context = context
        self.system = system
    }

    /// The backup.
    /// - Throws: `.notFound` when there is none, `.damaged` when none can be read.
    func entry() async throws(RecoveryError) -> CatalogueEntry {
        let shelf = BackupShelf(context, of: system)
        if let name = context.settings.run.backup, name != "latest" { return try await shelf.find(name) }
        let all = try await shelf.listing().backups
        // Where there is none of the method that is set, one of the other proves more than nothing.
        let own = all.filter { $0.id.method == context.settings.run.method }
        let backups = own.isEmpty ? all : own
        guard let newest = backups.last else {
            throw RecoveryError(.notFound, "there is no backup of system \(system) to drill")
        }
        // If all are damaged, the newest is: it may have been repaired since the last look.
        let sound = backups.last { $0.entry != nil && $0.health != .damaged } ?? backups.last { $0.entry != nil }
        guard let chosen = sound, let entry = chosen.entry?.entry else {
            throw RecoveryError(.damaged, "no backup can be read: \(newest.problem ?? "\(newest.id)")")
        }
        for backup in backups where backup.id > chosen.id {
            context.logger.warning(
                "a backup is passed over",
                metadata: ["backup": "\(backup.id)", "why": "\(backup.problem ?? "the last check found damage")"]
            )
        }
        return entry
    }
}
