// SPDX-License-Identifier: Apache-2.0
// Martlet: what backups there are.

internal import Recovery

/// Shows the backups of all systems in the store, or of the one that is set.
struct ListRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    func runAndShow() async throws(RecoveryError) { try await table().show(as: context.settings.run.output) }

    /// The backups.
    func table() async throws(RecoveryError) -> EntryTable {
        let systems: [SystemID]
        if let system = context.settings.place.system {
            systems = [system]
        } else {
            systems = try await SystemSearch(context).systemsOfStore()
        }
        var all = BackupShelf.Content()
        for system in systems {
            let content = try await BackupShelf(context, of: system).content()
            all.finished += content.finished
            all.unreadable += content.unreadable
            all.unfinished += content.unfinished
        }
        return EntryTable(all.finished, unreadable: all.unreadable, unfinished: all.unfinished)
    }
}
