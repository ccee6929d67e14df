// SPDX-License-Identifier: Apache-2.0
// Martlet: restores a logical backup from its beginning to its end.
public import Logging
internal import Platform
public import Postgres
internal import Resilience

/// Restores a logical backup into an empty database, and proves that all rows are there.
///
/// While it is under way the database has a schema `martlet_restoring`; a restore that was cut leaves it there, and one
/// that is asked to begin afresh drops what the cut one made, and nothing else.
///
/// ```swift
/// let report = try await LogicalRestore(configuration, options: options, logger: logger).run(from: reader)
/// ```
public struct LogicalRestore: Sendable {
    let configuration: PostgresConfiguration
    let options: LogicalRestoreOptions
    let logger: Logger

    /// Describes a restore into the database that the configuration names; nothing is done yet.
    public init(_ configuration: PostgresConfiguration, options: LogicalRestoreOptions = .init(), logger: Logger) {
        var settings = configuration
        settings.applicationName = "martlet-restore"
        self.configuration = settings
        self.options = options
        self.logger = logger
    }

    /// Restores the backup.
    /// - Throws: `.notEmpty` when something is in the way, `.damaged` also when a table does not have its rows,
    ///   `.database`, `.program`, `.disk`, `.deadline`, `.cancelled`.
    public func run(from backup: BackupReader) async throws(RecoveryError) -> LogicalRestoreReport {
        try options.check()
        let deadline = Deadline.after(options.deadline)
        let loop = EventLoop(name: "restore")
        defer { loop.shutdown() }
        let target = try RestoreTarget(configuration, on: loop)
        return try await bounded(deadline, "the restore") { () throws(RecoveryError) in
            let inventory = try await LogicalInventory.read(from: backup)
            let programs = RestorePrograms(
                restore: try await options.programs.find(
                    "pg_restore",
                    atLeast: ProgramVersion(major: inventory.program)
                ),
                access: try ProgramAccess(configuration),
                options: options,
                deadline: deadline
            )
            let run = LogicalRestoreRun(
                restore: self,
                backup: backup,
                inventory: inventory,
                target: target,
                programs: programs
            )
            return try await run.run()
        }
    }
}
