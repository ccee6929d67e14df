// SPDX-License-Identifier: Apache-2.0
// Martlet: one restore.

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
            guard let folder = context.settings.restore.folder else {
                throw RecoveryError(.request, "restoring into a database is not built into this program yet")
            }
            let system = try await SystemSearch(context).systemOfStore()
            let entry = try await RestoreChoice(context, of: system).entry()
            guard entry.method == .physical else {
                throw RecoveryError(.request, "\(entry.id) is a logical backup: `--to` must name a database")
            }
            try await physical(entry, into: folder)
        }
    }

    private func physical(_ entry: CatalogueEntry, into folder: String) async throws(RecoveryError) {
        let began = ContinuousClock.now
        let wanted = context.settings.restore
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
        let summary = try await narration.tell { () throws(RecoveryError) in try await made.run(from: reader) }
        show(entry, summary, folder, took: .now - began)
    }

    private func show(_ entry: CatalogueEntry, _ summary: RestoreSummary, _ folder: String, took: Duration) {
        switch context.settings.run.output {
        case .table:
            Terminal.show(
                """
                restored \(entry.id) into \(folder): \(summary.files) files, \(ProgressLine.size(summary.bytes)), in \
                \(ProgressLine.time(took))
                Start the server: it replays the log to the moment asked for, and then \(afterwards).
                  pg_ctl -D \(folder) start

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

    private var afterwards: String {
        switch context.settings.restore.action {
        case .promote: "opens for writing on a new timeline"
        case .pause: "waits, readable, for pg_wal_replay_resume()"
        case .shutdown: "stops"
        }
    }
}
