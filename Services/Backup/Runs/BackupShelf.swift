// SPDX-License-Identifier: Apache-2.0
// Martlet: the backups of one system, as runs choose among them.

internal import Recovery

/// Finds backups by what people call them.
struct BackupShelf: Sendable {
    private let context: RunContext
    private let system: SystemID

    init(_ context: RunContext, of system: SystemID) {
        self.context = context
        self.system = system
    }

    /// Everything that the store has of the system.
    func listing() async throws(RecoveryError) -> CatalogueListing {
        try await Catalogue(context.store, keys: context.keys).listing(of: system)
    }

    /// A backup by its name or `latest`.
    /// - Throws: `.request` for what is neither, `.notFound`, `.damaged`.
    func find(_ name: String) async throws(RecoveryError) -> CatalogueEntry {
        if name == "latest" {
            guard let last = try await listing().backups.last(where: { $0.entry != nil })?.entry?.entry else {
                throw RecoveryError(.notFound, "there is no finished backup of system \(system)")
            }
            return last
        }
        guard let id = BackupID(name) else {
            throw RecoveryError(.request, "\"\(name)\" is no backup's name, such as 20261128T020000Z-physical-7f3ac2")
        }
        return try await CatalogueEntry.load(id, of: system, in: context.store, keys: context.keys).entry
    }
}
