// SPDX-License-Identifier: Apache-2.0
// Martlet: what backups there are.

internal import ObjectStore
internal import Platform
internal import Recovery

/// Shows the backups of all systems in the store, or of the one that is set.
struct ListRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    func runAndShow() async throws(RecoveryError) {
        switch context.settings.run.output {
        case .table:
            let listings = try await listings()
            for listing in listings { Terminal.show(listing.table(now: .now())) }
            if listings.isEmpty { Terminal.say("there is no backup in \(context.store.place)\n") }
        case .json: Terminal.show(String(decoding: try await json(), as: UTF8.self) + "\n")
        }
    }

    /// The systems' backups.
    func listings() async throws(RecoveryError) -> [CatalogueListing] {
        let catalogue = Catalogue(context.store, keys: context.keys)
        var listings: [CatalogueListing] = []
        for system in try await systems(catalogue) { listings.append(try await catalogue.listing(of: system)) }
        return listings
    }

    /// The same for programs, with the log.
    func json() async throws(RecoveryError) -> [UInt8] {
        let catalogue = Catalogue(context.store, keys: context.keys)
        var all: [(listing: CatalogueListing, log: [WALTimeline])] = []
        for system in try await systems(catalogue) {
            all.append((try await catalogue.listing(of: system), try await catalogue.wal(of: system)))
        }
        return try CatalogueDocument(all, now: .now()).encoded()
    }

    private func systems(_ catalogue: Catalogue) async throws(RecoveryError) -> [SystemID] {
        if let system = context.settings.place.system { return [system] }
        return try await catalogue.systems()
    }
}
