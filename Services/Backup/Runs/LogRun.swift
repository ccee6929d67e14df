// SPDX-License-Identifier: Apache-2.0
// Martlet: the log: pushed, fetched, and received.

internal import Glibc
internal import Logging
internal import Platform
internal import Postgres
internal import Recovery
internal import ServiceLifecycle

/// Runs around the archive of the log.
struct LogRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Stores a file of the server's log; again is no failure.
    func push(_ path: String) async throws(RecoveryError) {
        let system = try await SystemSearch(context).system(ofLogFile: path)
        let outcome = try await context.archive(of: system).push(path)
        context.logger.debug("pushed", metadata: ["path": "\(path)", "outcome": "\(outcome)"])
    }

    /// Fetches a file of the log.
    /// - Throws: ``NoSuchLogFile`` when the archive has none.
    func fetch(_ name: String, into path: String) async throws {
        let system = try await SystemSearch(context).system(ofLogFile: path)
        let outcome = try await context.archive(of: system).fetch(
            name,
            into: path,
            endsAtGap: context.settings.restore.endsAtGap,
            trustsRest: context.settings.restore.endsAtGap
        )
        guard outcome != .absent else { throw NoSuchLogFile(name: name) }
        context.logger.debug("fetched", metadata: ["name": "\(name)", "outcome": "\(outcome)"])
    }

    /// Receives until it is cancelled, which is its usual end and no failure; waits for a server that is away.
    func receive() async throws { try await LogReceiver(context).run() }

    /// A receiver for the server's system.
    func receiver(
        onEvent: @escaping @Sendable (WALReceiverEvent) -> Void = { _ in }
    ) async throws(RecoveryError) -> WALReceiver {
        var database = try context.database
        guard let settings = context.settings.receiver.receiver else {
            throw RecoveryError(.request, "MARTLET_BACKUP_SLOT is not valid")
        }
        database.applicationName = settings.slot
        return WALReceiver(
            database,
            into: try await context.archive(of: try await system(database)),
            settings: settings,
            logger: context.logger,
            onEvent: onEvent
        )
    }

    private func system(_ database: PostgresConfiguration) async throws(RecoveryError) -> SystemID {
        if let system = context.settings.place.system { return system }
        let loop = EventLoop(name: "identity")
        defer { loop.shutdown() }
        do throws(PostgresError) {
            let session = try await ReplicationSession.connect(database, on: loop)
            let id = try await session.identify().id
            await session.close()
            return SystemID(id)
        } catch {
            throw RecoveryError(.database, "can't connect to \(database): \(error)", cause: error)
        }
    }
}
