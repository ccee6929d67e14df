// SPDX-License-Identifier: Apache-2.0
// Martlet: one restore.

internal import Glibc
internal import Logging
internal import Platform
internal import Postgres
internal import Recovery
internal import Web

/// Restores a backup.
struct RestoreRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    func runAndShow() async throws(RecoveryError) {
        let context = context
        try await RunDeadline(context.settings.run.deadline, of: .restore).run { () throws(RecoveryError) in
            let system = try await SystemSearch(context).systemOfStore()
            if let url = context.settings.restore.database {
                let entry = try await RestoreChoice(context, of: system).entry(.logical)
                return try await context.reading(entry, for: .restore) { () throws(RecoveryError) in
                    try await logical(entry, into: url)
                }
            }
            guard let folder = context.settings.restore.folder else { return }
            let entry = try await RestoreChoice(context, of: system).entry(.physical)
            try await LogReach(context).check(entry)
            try await context.reading(entry, for: .restore) { () throws(RecoveryError) in
                try await physical(entry, into: folder)
            }
        }
    }

    private func physical(_ entry: CatalogueEntry, into folder: String) async throws(RecoveryError) {
        let began = ContinuousClock.now
        let wanted = context.settings.restore
        warnOfRoot()
        var settings = RecoverySettings(restoreCommand: wanted.command ?? RestoreCommand(context, entry.system).text)
        settings.target = wanted.target
        settings.isInclusive = !wanted.isExclusive
        settings.timeline = wanted.timeline
        settings.action = wanted.action
        // The restored server must not write into the archive of the one that is its source, nor wait for its standbys.
        settings.others = ["archive_mode": "off", "synchronous_standby_names": "", "primary_conninfo": ""]
        var restore = PhysicalRestore(into: folder, settings: settings)
        restore.tablespaces = wanted.tablespaces
        let narration = Narration(context)
        narration.progress.expect(entry.plainSize)
        let reader = try await BackupReader.open(entry, in: context.store, keys: context.keys, pace: context.pace)
        let made = restore
        let summary = try await narration.tell { () throws(RecoveryError) in
            try await made.run(from: reader, progress: narration.progress)
        }
        let variables = wanted.command == nil ? RestoreCommand.variables(context.settings.place) : []
        if !variables.isEmpty {
            context.logger.warning(
                "the server needs variables in its environment to fetch its log",
                metadata: ["variables": "\(variables.joined(separator: ", "))"]
            )
        }
        if !summary.missingSettings.isEmpty {
            context.logger.warning(
                "settings were left out of postgresql.conf: what they name is not on this machine",
                metadata: ["settings": "\(summary.missingSettings.joined(separator: ", "))"]
            )
        }
        show(entry, summary, folder, took: .now - began)
    }

    /// What would only be found out when the server doesn't start.
    private func warnOfRoot() {
        guard geteuid() == 0 else { return }
        context.logger.warning(
            "root restores files of root, on which PostgreSQL doesn't start: restore as the server's user, or give them to it"
        )
    }

    private func logical(_ entry: CatalogueEntry, into url: String) async throws(RecoveryError) {
        let database: PostgresConfiguration
        do throws(PostgresError) { database = try PostgresConfiguration(url: url) } catch {
            throw RecoveryError(.request, "MARTLET_RESTORE_DATABASE_URL: \(error)", cause: error)
        }
        var options = LogicalRestoreOptions()
        options.sessions = context.settings.run.connections
        options.creates = true
        options.restoresGlobals = context.settings.restore.restoresGlobals
        options.isFresh = context.settings.restore.isFresh
        options.checks = context.settings.restore.compares
        options.deadline = context.settings.run.deadline
        options.programs = context.settings.run.programs
        let restore = LogicalRestore(database, options: options, logger: context.logger)
        let reader = try await BackupReader.open(entry, in: context.store, keys: context.keys, pace: context.pace)
        let report: LogicalRestoreReport
        do throws(RecoveryError) { report = try await restore.run(from: reader) } catch {
            // A new server has none of the roles that own the tables.
            let isRole = error.message.contains("role \"") && error.message.contains("does not exist")
            guard isRole, !options.restoresGlobals else { throw error }
            throw RecoveryError(
                error.code,
                "\(error.message); `--globals` creates the backup's roles, and `--fresh` drops what this restore made",
                object: error.object,
                cause: error.cause
            )
        }
        for text in report.leftOut {
            context.logger.warning("something of the roles was left out", metadata: ["what": "\(text)"])
        }
        switch context.settings.run.output {
        case .table:
            Terminal.show(
                "restored \(entry.id) into \(report.database): \(report.tables) tables, \(report.rows) rows"
                    + (report.isChecked ? ", all compared with the backup\n" : ", counted and not compared\n")
            )
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.field("backup", "\(entry.id)")
                    json.field("database", report.database)
                    json.field("tables", report.tables)
                    json.field("rows", report.rows)
                    json.field("checked", report.isChecked)
                }.text
            )
        }
    }

    private func show(_ entry: CatalogueEntry, _ summary: RestoreSummary, _ folder: String, took: Duration) {
        let wanted = context.settings.restore
        let advice = RestoreAdvice(
            folder: folder,
            target: wanted.target,
            action: wanted.action,
            isRoot: geteuid() == 0,
            tablespaces: summary.tablespaces.values.map { RestoreCommand.quoted($0) }
        )
        switch context.settings.run.output {
        case .table:
            Terminal.show(
                """
                restored \(entry.id) into \(folder): \(summary.files) files, \(ProgressLine.size(summary.bytes)), in \
                \(ProgressLine.time(took))
                \(advice.text)
                """
            )
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.field("backup", "\(entry.id)")
                    json.field("folder", folder)
                    json.field("files", summary.files)
                    json.field("bytes", Int(summary.bytes))
                    json.field("duration", took)
                }.text
            )
        }
    }
}
