// SPDX-License-Identifier: Apache-2.0
// Martlet: what every run works with.

internal import Logging
internal import ObjectStore
internal import Platform
internal import Postgres
internal import Recovery

/// Settings, the open store, and the pace that may change while a run goes on.
struct RunContext: Sendable {
    let settings: BackupSettings
    let logger: Logger
    /// All stores as one.
    let store: any ObjectStore
    /// Those that are at hand; none when nothing is encrypted.
    let keys: KeyRing
    /// Shared by all runs of the process.
    let pace: BytePace

    /// Opens the stores, lends the context, and closes them.
    static func with(
        _ settings: BackupSettings,
        _ logger: Logger,
        _ body: (RunContext) async throws -> Void
    ) async throws {
        let store = try await settings.place.stores.open(logger)
        let context = RunContext(
            settings: settings,
            logger: logger,
            store: store,
            keys: settings.place.keys ?? .plain,
            pace: BytePace(bytesPerSecond: settings.run.rate)
        )
        let outcome: Result<Void, any Error>
        do {
            try await RateWatch(context).run { try await body(context) }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await store.close()
        try outcome.get()
    }

    /// How the pipeline works.
    var options: VaultOptions {
        var options = settings.run.vault
        options.isEncrypted = settings.place.isEncrypted
        return options
    }

    /// A connection to the server for runs that need one.
    var database: PostgresConfiguration {
        get throws(RecoveryError) {
            guard var database = settings.database else { throw RecoveryError(.request, "DATABASE_URL is not valid") }
            database.applicationName = "martlet-backup"
            return database
        }
    }

    /// The archive of a system's log.
    func archive(of system: SystemID) -> WALArchive {
        WALArchive(of: system, in: store, keys: keys, options: options)
    }
}
