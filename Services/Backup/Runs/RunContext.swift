// SPDX-License-Identifier: Apache-2.0
// Martlet: what every run works with.

internal import Glibc
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
    /// The same with what the store keeps for a system: for its log and exports.
    let systemKeys: SystemKeys
    /// Shared by all runs of the process.
    let pace: BytePace
    /// Those of `serve`, which goes on when a run has ended; nil elsewhere.
    var metrics: MetricsRegistry?

    /// Opens the stores, lends the context, and closes them.
    static func with(
        _ settings: BackupSettings,
        _ logger: Logger,
        _ body: (RunContext) async throws -> Void
    ) async throws {
        let service = try settings.place.kms?.open()
        let store: any ObjectStore
        do { store = try await settings.place.stores.open(logger) } catch {
            await service?.close()
            throw error
        }
        let keys = try settings.place.ring(service)
        let context = RunContext(
            settings: settings,
            logger: logger,
            store: store,
            keys: keys,
            systemKeys: SystemKeys(keys, in: store),
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
        await service?.close()
        try outcome.get()
    }

    /// All stores as one, each of which must answer: for what takes a thing for absent or superfluous.
    var strictStore: any ObjectStore {
        get throws(RecoveryError) {
            guard let mirror = store as? MirroredStore else { return store }
            do throws(ObjectStoreError) { return try mirror.strict() } catch { throw RecoveryError(error) }
        }
    }

    /// The same with other settings; the store and a key service stay open as they are.
    func with(_ settings: BackupSettings) -> RunContext {
        // Keys that were read make a ring; were they none, the one in use would stay.
        let keys = (try? settings.place.ring(keys.service)) ?? keys
        return RunContext(
            settings: settings,
            logger: logger,
            store: store,
            keys: keys,
            systemKeys: SystemKeys(keys, in: store),
            pace: pace,
            metrics: metrics
        )
    }

    /// How the pipeline works.
    var options: VaultOptions {
        var options = settings.run.vault
        options.isEncrypted = settings.place.isEncrypted
        return options
    }

    /// Runs `body` while no prune removes a backup that it reads.
    func reading<Value: Sendable>(
        _ entry: CatalogueEntry,
        for verb: BackupVerb,
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let reader = LeaseHolder(host: HostIdentity.name, pid: getpid(), verb: verb.rawValue, backup: entry.id)
        let report: (RecoveryError) -> Void = { error in
            logger.info(
                "the backup can't be marked as in use: no prune should run meanwhile",
                metadata: ["error": "\(error)"]
            )
        }
        return try await ReaderMark.hold(entry.id, of: entry.system, in: store, as: reader, onTrouble: report, body)
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
    /// - Throws: `.wrongKey` or `.store` when a key service is needed and does not help.
    func archive(of system: SystemID) async throws(RecoveryError) -> WALArchive {
        WALArchive(of: system, in: store, keys: try await systemKeys.ring(of: system), options: options)
    }
}
