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

    /// A backup by its name or `latest`, which is the newest of a method where one is asked for.
    /// - Throws: `.request` for what is neither, `.notFound`, `.damaged`.
    func find(_ name: String, _ method: BackupMethod? = nil) async throws(RecoveryError) -> CatalogueEntry {
        if name == "latest" {
            let backups = try await listing().backups.filter { method == nil || $0.id.method == method }
            guard let last = backups.last(where: { $0.entry != nil }), let entry = last.entry?.entry else {
                let kind = method.map { "\($0) " } ?? ""
                throw RecoveryError(.notFound, "there is no finished \(kind)backup of system \(system)")
            }
            return entry
        }
        guard let id = BackupID(name) else {
            throw RecoveryError(.request, "\"\(name)\" is no backup's name, such as 20261128T020000Z-physical-7f3ac2")
        }
        return try await CatalogueEntry.load(id, of: system, in: context.store, keys: context.keys).entry
    }
}
