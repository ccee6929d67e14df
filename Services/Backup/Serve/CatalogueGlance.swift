// SPDX-License-Identifier: Apache-2.0
// Martlet: what the last look at the catalogue found, for those who need only a little of it.

internal import Postgres
internal import Recovery
internal import Synchronization

/// Where the log of each system's newest physical backup begins.
final class CatalogueGlance: Sendable {
    private let starts = Mutex<[SystemID: LSN?]>([:])

    /// Remembers a look.
    func note(_ listing: CatalogueListing) {
        let newest = listing.backups.last { $0.id.method == .physical && $0.entry != nil }
        let start = newest?.entry?.entry.facts.startLSN
        starts.withLock { $0[listing.system] = .some(start) }
    }

    /// Nil before the first look at a system; nil inside when it has no physical backup.
    func start(of system: SystemID) -> LSN?? { starts.withLock { $0[system] } }
}
