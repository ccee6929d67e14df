// SPDX-License-Identifier: Apache-2.0
// Martlet: copies what the catalogue says into the ledger, for dashboards.
public import Jobs
public import Logging
internal import Platform
internal import Resilience

/// Keeps the ledger's copy of a catalogue, as well as it goes.
///
/// A ledger that is away, slow or of an older schema never fails a backup: what could not be copied is logged, and
/// the next ``resync(_:)`` catches up. Nothing that restores or removes looks at the copy.
public struct BackupMirror: Sendable {
    private let ledger: Ledger
    private let deadline: Duration
    private let logger: Logger

    /// Copies into a ledger.
    /// - Parameter deadline: The longest that one copy may take; default 10 s.
    public init(_ ledger: Ledger, deadline: Duration = .seconds(10), logger: Logger) {
        self.ledger = ledger
        self.deadline = deadline
        self.logger = logger
    }

    /// Copies a backup that is complete.
    @discardableResult
    public func note(_ entry: CatalogueEntry) async -> Bool {
        await attempt("backup") { ledger in try await ledger.keep(BackupRecord(entry, isPinned: false)) }
    }

    /// Copies the result of a check.
    @discardableResult
    public func note(_ result: CheckResult) async -> Bool {
        await attempt("check") { ledger in try await ledger.keep(BackupCheckRecord(result)) }
    }

    /// Copies how far a receiver of WAL is.
    @discardableResult
    public func note(_ receiver: LogReceiverRecord) async -> Bool {
        await attempt("receiver") { ledger in try await ledger.keep(receiver) }
    }

    /// Makes the copy of a system as its catalogue is: adds, changes and removes.
    @discardableResult
    public func resync(_ listing: CatalogueListing) async -> Bool {
        let finished = listing.backups.compactMap { backup in
            backup.entry.map { BackupRecord($0.entry, isPinned: backup.isPinned) }
        }
        // What a removal left is no backup any more.
        let unfinished = listing.unfinished.compactMap { backup in
            backup.began.map { BackupRecord(unfinished: backup.id, of: listing.system, began: $0) }
        }
        let results = (listing.backups.flatMap(\.checks) + listing.lastChecks).map(\.result)
        let checks = Set(results.map { BackupCheckRecord($0) })
        return await attempt("catalogue") { ledger in
            try await ledger.replaceBackups(
                of: "\(listing.system)",
                with: finished + unfinished,
                checks: Array(checks)
            )
        }
    }

    private func attempt(_ what: String, _ body: @escaping @Sendable (Ledger) async throws -> Void) async -> Bool {
        do {
            try await withDeadline(.after(deadline)) { [ledger] in try await body(ledger) }
            return true
        } catch {
            logger.warning(
                "the ledger's copy of the catalogue lags behind",
                metadata: ["what": "\(what)", "error": "\(error)"]
            )
            return false
        }
    }
}
