// SPDX-License-Identifier: Apache-2.0
// Martlet: a logical backup from its beginning to its end.
public import Logging
internal import Platform
public import Postgres
internal import Resilience

/// Makes a backup of one database's content as of one moment, for servers whose files nobody can have.
///
/// `pg_dump` writes the definitions, `pg_dumpall` the roles; rows are copied by several sessions at once that share a
/// snapshot, straight into the store. A cut run can't be taken up again, since its snapshot is gone; it begins anew.
///
/// ```swift
/// let backup = LogicalBackup(configuration, options: options, logger: logger)
/// let entry = try await backup.run { system throws(RecoveryError) in
///     try await BackupWriter.begin(id, of: system, in: store, keys: keys, options: vault, pace: pace, progress: progress)
/// }
/// ```
public struct LogicalBackup: Sendable {
    let configuration: PostgresConfiguration
    let options: LogicalOptions
    let logger: Logger
    /// A name that the entry shall bear.
    public var label: String?

    /// Describes a backup of the database that the configuration names; nothing is done yet.
    public init(_ configuration: PostgresConfiguration, options: LogicalOptions = .init(), logger: Logger) {
        var settings = configuration
        settings.applicationName = "martlet-backup"
        self.configuration = settings
        self.options = options
        self.logger = logger
    }

    /// Makes the backup; `begin` opens the writer once the server has said which system it is.
    ///
    /// After a failure the writer is abandoned, and the store holds no entry.
    /// - Throws: `.database`, `.program`, `.deadline` also for a snapshot that became too old, `.store`, `.cancelled`.
    public func run(
        _ begin: @Sendable (SystemID) async throws(RecoveryError) -> BackupWriter
    ) async throws(RecoveryError) -> CatalogueEntry {
        try options.check()
        let deadline = Deadline.after(options.deadline)
        let loop = EventLoop(name: "backup")
        defer { loop.shutdown() }
        let session = try await LogicalSession.connect(configuration, lockTimeout: options.lockTimeout, on: loop)
        let system: SystemID
        do throws(RecoveryError) { system = try await DatabaseLook(session: session).system() } catch {
            await session.close()
            throw error
        }
        let writer: BackupWriter
        do throws(RecoveryError) { writer = try await begin(system) } catch {
            await session.close()
            throw error
        }
        do throws(RecoveryError) {
            let entry = try await bounded(deadline, "the backup") { () throws(RecoveryError) in
                try await LogicalBackupRun(
                    backup: self,
                    writer: writer,
                    deadline: deadline,
                    loop: loop,
                    watcher: session
                ).run()
            }
            await session.close()
            return entry
        } catch {
            await session.close()
            await writer.abandon()
            throw error
        }
    }
}
