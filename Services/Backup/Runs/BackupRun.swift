// SPDX-License-Identifier: Apache-2.0
// Martlet: one backup.

internal import Logging
internal import Platform
internal import Postgres
internal import Recovery
internal import Web

/// Makes a backup.
struct BackupRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Makes it with progress on the terminal, and shows it.
    func runAndShow() async throws(RecoveryError) {
        let entry = try await run(Narration(context))
        switch context.settings.run.output {
        case .table:
            Terminal.show(
                "\(entry.id): \(ProgressLine.size(entry.plainSize)), stored \(ProgressLine.size(entry.storedSize)), "
                    + "in \(ProgressLine.time(entry.duration))\n"
            )
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.field("id", "\(entry.id)")
                    json.field("system", "\(entry.system)")
                    json.field("ended", entry.ended)
                    json.field("duration", entry.duration)
                    json.field("plain_bytes", Int(entry.plainSize))
                    json.field("stored_bytes", Int(entry.storedSize))
                    json.field("start_lsn", entry.facts.startLSN.map { "\($0)" })
                    json.field("end_lsn", entry.facts.endLSN.map { "\($0)" })
                }.text
            )
        }
    }

    /// Makes it.
    func run(_ narration: Narration) async throws(RecoveryError) -> CatalogueEntry {
        switch context.settings.run.method {
        case .physical: return try await physical(narration)
        case .logical: return try await logical(narration)
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
        return try await run.run { _ throws(RecoveryError) in
            let log = try await LogWait(context.archive(of: system), session, slot: slot)
            let witness = try await WitnessRun(context).take(database)
            let configuration = try await ConfigurationRun(context).read(database)
            let writer = try await writer(id, of: system, isResumed: unfinished != nil, narration.progress)
            let entry: CatalogueEntry
            do throws(RecoveryError) {
                var options = BaseBackupOptions(label: context.settings.run.label ?? "\(id)")
                options.checkpoint = context.settings.run.checkpoint
                var backup = PhysicalBackup(options)
                backup.damage = context.settings.run.damage
                backup.secondLook = database
                let made = backup
                try await witness?.write(into: writer)
                try await configuration?.write(into: writer)
                var outcome = try await narration.tell { () throws(RecoveryError) in
                    try await BeaconRun(context).during { () throws(RecoveryError) in
                        try await made.run(session, of: system, into: writer, progress: narration.progress)
                    }
                }
                outcome.facts.label = context.settings.run.label
                outcome.facts.host = "\(database)"
                if outcome.damagedCount > 0 {
                    context.logger.error(
                        "pages of the database have wrong checksums",
                        metadata: ["pages": "\(outcome.damaged.prefix(20).map(\.description))"]
                    )
                }
                try await log.until(outcome)
                entry = try await writer.finish(outcome.facts)
            } catch {
                await writer.abandon()
                throw error
            }
            try await ExportRun(context).beside(entry)
            return entry
        }
    }

    /// The content of one database, in one snapshot; a cut one can't be taken up.
    private func logical(_ narration: Narration) async throws(RecoveryError) -> CatalogueEntry {
        guard !context.settings.run.isResumed else {
            throw RecoveryError(
                .request,
                "a logical backup can't be resumed, since its snapshot is gone: make a new one"
            )
        }
        let database = try context.database
        var options = LogicalOptions()
        options.sessions = context.settings.run.connections
        options.deadline = context.settings.run.deadline
        options.programs = context.settings.run.programs
        options.snapshotLimits = SnapshotLimits(greatestAge: context.settings.run.snapshotAge)
        var backup = LogicalBackup(database, options: options, logger: context.logger)
        backup.label = context.settings.run.label
        let system = try await SystemSearch(context).system(of: database)
        let id = BackupID(began: .now(), method: .logical)
        let made = backup
        return try await RunFrame(context, .backup, system, backup: id).run { _ throws(RecoveryError) in
            let entry = try await narration.tell { () throws(RecoveryError) in
                try await made.run { found throws(RecoveryError) in
                    guard found == system else {
                        throw RecoveryError(.wrongSystem, "the server is system \(found), and was \(system) before")
                    }
                    return try await writer(id, of: system, isResumed: false, narration.progress)
                }
            }
            try await ExportRun(context).beside(entry)
            return entry
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
        let listing = try await BackupShelf(context, of: system).listing()
        // What a removal left has no head, and can't be taken up.
        let newest = listing.unfinished.last { $0.began != nil && $0.id.method == method }?.id
        guard let newest, listing.backups.last(where: { $0.id.method == method }).map({ $0.id < newest }) ?? true else {
            throw RecoveryError(.notFound, "there is no unfinished \(method) backup newer than the last finished one")
        }
        return newest
    }
}
