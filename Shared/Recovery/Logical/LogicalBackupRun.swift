// SPDX-License-Identifier: Apache-2.0
// Martlet: the steps of one logical backup.
internal import Logging
internal import Platform
internal import Postgres
internal import Resilience

/// One run: locks and snapshot, definitions, rows, inventory, entry.
struct LogicalBackupRun: Sendable {
    let backup: LogicalBackup
    let writer: BackupWriter
    let deadline: Deadline
    let loop: EventLoop
    /// A session outside of the snapshot that watches it.
    let watcher: PostgresSession

    private var options: LogicalOptions { backup.options }

    func run() async throws(RecoveryError) -> CatalogueEntry {
        let began = Timestamp.now()
        let (configuration, server) = (backup.configuration, watcher.serverVersion)
        let programs = try await LogicalPrograms.find(options, server: server, configuration, deadline)
        let scene = try await open(programs)
        do throws(RecoveryError) {
            let inventory = try await write(scene, programs)
            await scene.sessions.close()
            var facts = BackupFacts(began: began, serverVersion: server)
            facts.label = backup.label
            facts.snapshot = scene.snapshot
            facts.startLSN = scene.position.flatMap { LSN($0) }
            facts.database = inventory.database.name
            facts.host = (try? configuration.keywords)?.first { $0.name == "host" }?.value
            return try await writer.finish(facts)
        } catch {
            await scene.sessions.close()
            throw error
        }
    }

    /// A snapshot and all that was read of the catalogue in it.
    private struct Scene {
        var sessions: SnapshotSessions
        var schema: PrivateFile
        var folder: PrivateFolder
        var tables: [SourceTable]
        var sequences: [LogicalSequence]
        var snapshot: String
        var position: String?
    }

    /// Takes locks and snapshot and has the definitions written; begins anew when somebody alters tables meanwhile.
    private func open(_ programs: LogicalPrograms) async throws(RecoveryError) -> Scene {
        var attempt = 1
        while true {
            do throws(RecoveryError) {
                let sessions = try await SnapshotSessions.open(backup.configuration, options, on: loop)
                do throws(RecoveryError) {
                    if let scene = try await look(sessions, programs) { return scene }
                    throw RecoveryError(.database, "a table was made while the others were locked", cause: Unsettled())
                } catch {
                    await sessions.close()
                    throw error
                }
            } catch {
                guard attempt < options.attempts, Self.isUnsettled(error) else { throw error }
                backup.logger.info("backup begins anew", metadata: ["attempt": "\(attempt)", "reason": "\(error)"])
            }
            attempt += 1
            do { try await Task.sleep(for: .milliseconds(200 * attempt)) } catch {
                throw RecoveryError(.cancelled, "cancelled before the snapshot")
            }
        }
    }

    private struct Unsettled: Error {}

    /// Whether tables were locked or went away: another attempt may find them at rest.
    private static func isUnsettled(_ error: RecoveryError) -> Bool {
        switch error.cause {
        case is Unsettled: true
        case let error as PostgresError: ["55P03", "42P01", "40P01", "3F000"].contains(error.sqlState ?? "")
        // pg_dump takes its own locks under a limit of the statement.
        default:
            error.code == .program
                && (error.message.contains("due to statement timeout") || error.message.contains("due to lock timeout"))
        }
    }

    /// Reads what must be there before anybody can alter it; nil when there is a table that is not locked.
    private func look(
        _ sessions: SnapshotSessions,
        _ programs: LogicalPrograms
    ) async throws(RecoveryError) -> Scene? {
        let look = DatabaseLook(session: sessions.leader)
        let tables = try await look.tables()
        guard tables.allSatisfy({ sessions.locked.contains($0.id) }) else { return nil }
        let folder = try PrivateFolder()
        let schema = try PrivateFile("\(folder.path)/schema.dump")
        try await programs.schema(sessions.name, into: schema)
        let (snapshot, position) = try await look.moment()
        return Scene(
            sessions: sessions,
            schema: schema,
            folder: folder,
            tables: tables,
            sequences: try await look.sequences(),
            snapshot: snapshot,
            position: position
        )
    }

    /// Writes all archives, watching the snapshot's age meanwhile.
    private func write(
        _ scene: Scene,
        _ programs: LogicalPrograms
    ) async throws(RecoveryError) -> LogicalInventory {
        let watch = SnapshotWatch(
            session: watcher,
            leader: scene.sessions.leader.serverProcessID,
            limits: options.snapshotLimits,
            logger: backup.logger
        )
        let outcome = await withTaskGroup(of: Result<LogicalInventory?, RecoveryError>.self) { group in
            group.addTask {
                await Result { () async throws(RecoveryError) in
                    try await watch.run(since: scene.sessions.taken)
                    return nil
                }
            }
            group.addTask {
                await Result { () async throws(RecoveryError) in try await self.archives(scene, programs) }
            }
            var outcome: Result<LogicalInventory?, RecoveryError> = .success(nil)
            while let result = await group.next() {
                // The watch ends without a word when it is cancelled.
                if case .success(nil) = result, !group.isEmpty, !Task.isCancelled { continue }
                if case .success(nil) = outcome { outcome = result }
                group.cancelAll()
            }
            return outcome
        }
        guard let inventory = try outcome.get() else { throw RecoveryError(.cancelled, "the backup was cancelled") }
        return inventory
    }

    private func archives(_ scene: Scene, _ programs: LogicalPrograms) async throws(RecoveryError) -> LogicalInventory {
        let look = DatabaseLook(session: scene.sessions.leader)
        let database = try await look.database()
        let hasLargeObjects = try await look.hasLargeObjects()
        let views = try await look.views()
        writer.progress.expect(scene.tables.reduce(0) { $0 + Int64($1.size) })
        try await copy(scene.schema.path, to: LogicalInventory.schemaArchive)
        if options.globals != .none {
            let isVisible = try await look.seesPasswords()
            let passwords = options.globals == .automatic && isVisible
            let archive = try await writer.archive(LogicalInventory.globalsArchive)
            try await programs.globals(database: database.name, passwords: passwords, into: archive)
            _ = try await archive.finish()
        }
        if hasLargeObjects {
            let archive = try await writer.archive(LogicalInventory.largeObjectsArchive)
            try await programs.largeObjects(scene.sessions.name, into: archive)
            _ = try await archive.finish()
        }
        let tables = try await TableCopies(options: options, writer: writer, encoding: database.encoding)
            .run(scene.tables, scene.sessions.workers)
        let inventory = LogicalInventory(
            server: watcher.serverVersion,
            program: programs.dump.version.major,
            database: database,
            tables: tables,
            sequences: scene.sequences,
            views: views,
            hasLargeObjects: hasLargeObjects,
            hasGlobals: options.globals != .none
        )
        let archive = try await writer.archive(LogicalInventory.archive)
        try await archive.write(try JSONDocument.encode(inventory))
        _ = try await archive.finish()
        return inventory
    }

    private func copy(_ path: String, to name: ArchiveName) async throws(RecoveryError) {
        let archive = try await writer.archive(name)
        try await PrivateFile.read(path) { bytes throws(RecoveryError) in try await archive.write(bytes) }
        _ = try await archive.finish()
    }
}
