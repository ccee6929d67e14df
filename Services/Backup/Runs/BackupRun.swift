// SPDX-License-Identifier: Apache-2.0
// Martlet: one backup.

internal import Logging
internal import Platform
internal import Postgres
internal import Recovery

/// Makes a backup.
struct BackupRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Makes it with progress on the terminal, and shows it.
    func runAndShow() async throws(RecoveryError) {
        let entry = try await run(Narration(context))
        // Read again from the store: what is shown is what a restore will find.
        let stored = try await BackupShelf(context, of: entry.system).entry(entry.id)
        EntryTable([stored]).show(as: context.settings.run.output)
    }

    /// Makes it.
    func run(_ narration: Narration) async throws(RecoveryError) -> CatalogueEntry {
        switch context.settings.run.method {
        case .physical: return try await physical(narration)
        case .logical: throw RecoveryError(.request, "logical backups are not built into this program yet")
        }
    }

    private func physical(_ narration: Narration) async throws(RecoveryError) -> CatalogueEntry {
        let database = try context.database
        let loop = EventLoop(name: "backup")
        defer { loop.shutdown() }
        let session: ReplicationSession
        do throws(PostgresError) { session = try await ReplicationSession.connect(database, on: loop) } catch {
            throw RecoveryError(.database, "can't connect to \(database): \(error)", cause: error)
        }
        let outcome: Result<CatalogueEntry, RecoveryError>
        do throws(RecoveryError) {
            outcome = .success(try await physical(session, database, narration))
        } catch {
            outcome = .failure(error)
        }
        await session.close()
        return try outcome.get()
    }

    private func physical(
        _ session: ReplicationSession,
        _ database: PostgresConfiguration,
        _ narration: Narration
    ) async throws(RecoveryError) -> CatalogueEntry {
        let system = try await SystemSearch(context).system(of: session)
        let unfinished = try await unfinished(.physical, of: system)
        let id = unfinished ?? BackupID(began: .now(), method: .physical)
        let run = RunFrame(context, .backup, system, backup: id)
        let slot = context.settings.receiver.receiver?.slot
        return try await run.run { () throws(RecoveryError) in
            let log = try await LogWait(context.archive(of: system), session, slot: slot)
            let writer = try await writer(id, of: system, isResumed: unfinished != nil, narration.progress)
            do throws(RecoveryError) {
                var options = BaseBackupOptions(label: context.settings.run.label ?? "\(id)")
                options.checkpoint = context.settings.run.checkpoint
                var backup = PhysicalBackup(options)
                backup.damage = context.settings.run.damage
                backup.secondLook = database
                let made = backup
                var outcome = try await narration.tell { () throws(RecoveryError) in
                    try await made.run(session, of: system, into: writer, progress: narration.progress)
                }
                outcome.facts.label = context.settings.run.label
                outcome.facts.host = "\(database)"
                if outcome.damagedCount > 0 {
                    context.logger.error(
                        "pages of the database have wrong checksums",
                        metadata: ["pages": "\(outcome.damaged.prefix(20).map(\.description))"]
                    )
                }
                try await log.until(outcome.facts)
                return try await writer.finish(outcome.facts)
            } catch {
                await writer.abandon()
                throw error
            }
        }
    }

    private func writer(
        _ id: BackupID,
        of system: SystemID,
        isResumed: Bool,
        _ progress: BackupProgress
    ) async throws(RecoveryError) -> BackupWriter {
        guard isResumed else {
            return try await BackupWriter.begin(
                id,
                of: system,
                in: context.store,
                keys: context.keys,
                options: context.options,
                pace: context.pace,
                progress: progress
            )
        }
        let writer = try await BackupWriter.resume(
            id,
            of: system,
            in: context.store,
            keys: context.keys,
            options: context.options,
            pace: context.pace,
            progress: progress
        )
        context.logger.info(
            "resumed",
            metadata: ["backup": "\(id)", "volumes": "\(writer.resumed.volumes.count)"]
        )
        return writer
    }

    /// The newest backup to take up; nil when none was asked for.
    private func unfinished(_ method: BackupMethod, of system: SystemID) async throws(RecoveryError) -> BackupID? {
        guard context.settings.run.isResumed else { return nil }
        let ids = try await BackupShelf(context, of: system).ids()
        let newest = ids.keys.filter { $0.method == method }.max()
        guard let newest, ids[newest] == false else {
            throw RecoveryError(.notFound, "there is no unfinished \(method) backup newer than the last finished one")
        }
        return newest
    }
}
