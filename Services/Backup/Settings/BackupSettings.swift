// SPDX-License-Identifier: Apache-2.0
// Martlet: all settings of martlet-backup.

internal import Jobs
internal import Platform
internal import Postgres
internal import Web

/// What the operator decides. All of it is read for every verb, so that a mistake shows before the night; which ones
/// stop a verb, ``BackupVerb/tolerates(_:_:)`` says.
struct BackupSettings: Sendable {
    /// `LOG_LEVEL`, `LOG_FORMAT`; text for people unless the verb is `serve` or `receive`.
    let logging: LoggingSettings
    /// `MARTLET_SHUTDOWN_TIMEOUT` and so on.
    let shutdown: ShutdownSettings
    /// `MARTLET_API_KEYS`: what opens `/v1/backups` of `serve`.
    let apiKeys: APIKeys
    /// `APP_PORT` (8083), `MARTLET_BIND` and so on, of `serve`.
    let http: HTTPServiceSettings
    /// `DATABASE_URL`; nil only if it is wrong.
    let database: PostgresConfiguration?
    /// Where backups lie and what opens them.
    let place: PlaceSettings
    /// How a backup is made.
    let run: RunSettings
    /// What is restored, and where.
    let restore: RestoreSettings
    /// What is kept.
    let retention: RetentionSettings
    /// How the log is received.
    let receiver: ReceiverSettings
    /// Where drills restore to.
    let drill: DrillOptions
    /// When `serve` does what.
    let schedule: ScheduleSettings
    /// Commands before and after a run.
    let hooks: HookSettings
    /// What is exported and imported.
    let export: ExportSettings
    /// Who is told of runs.
    let reports: ReportSettings

    /// Reads them all; `reader.finish()` then tells what is wrong.
    init(_ reader: SettingsReader, for verb: BackupVerb) {
        let isService = verb == .serve || verb == .receive
        logging = LoggingSettings(reader, format: isService ? .json : .text)
        shutdown = ShutdownSettings(reader)
        apiKeys = APIKeys(reader)
        // Only `serve` listens; the others' rules on addresses don't matter to it.
        http = HTTPServiceSettings(reader, defaultPort: 8083, keys: verb == .serve ? apiKeys : nil)
        database = reader.postgres()
        place = PlaceSettings(reader, for: verb)
        run = RunSettings(reader)
        restore = RestoreSettings(reader, for: verb)
        retention = RetentionSettings(reader)
        receiver = ReceiverSettings(reader)
        drill = DrillOptions(reader, for: verb)
        schedule = ScheduleSettings(reader)
        hooks = HookSettings(reader)
        export = ExportSettings(reader, for: verb)
        reports = ReportSettings(reader)
    }
}
