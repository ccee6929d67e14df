// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on what is restored, and where.

internal import Platform
internal import Postgres
internal import Recovery

/// The target of a restore.
struct RestoreSettings: Sendable {
    /// `MARTLET_RESTORE_TO`: an empty folder.
    let folder: String?
    /// `MARTLET_RESTORE_DATABASE_URL`: a database, which gets a logical backup.
    let database: String?
    /// The moment.
    let target: RecoveryTarget
    /// `MARTLET_RESTORE_BEFORE`: whether the target itself is left out.
    let isExclusive: Bool
    /// `MARTLET_RESTORE_END_AT_GAP`: whether a gap in the log is taken for its end.
    let endsAtGap: Bool
    /// `MARTLET_RESTORE_TIMELINE`, default `latest`.
    let timeline: String
    /// `MARTLET_RESTORE_ACTION`, default promote.
    let action: RecoverySettings.Action
    /// `MARTLET_RESTORE_TABLESPACES`: old folder to new.
    let tablespaces: [String: String]
    /// `MARTLET_RESTORE_GLOBALS`: whether the backup's roles that aren't there are created (logical).
    let restoresGlobals: Bool
    /// `MARTLET_RESTORE_FRESH`: whether what a cut restore made is dropped first (logical).
    let isFresh: Bool
    /// `MARTLET_RESTORE_COMPARE`: whether all rows are read again and compared with the backup, default true (logical).
    let compares: Bool
    /// `MARTLET_RESTORE_COMMAND`: how the server fetches log; nil: this program with these settings.
    let command: String?

    init(_ reader: SettingsReader, for verb: BackupVerb) {
        folder = reader.string("MARTLET_RESTORE_TO")
        database = reader.url("MARTLET_RESTORE_DATABASE_URL", schemes: ["postgres", "postgresql"])
        target = RestoreTargets(reader).target
        isExclusive = reader.bool("MARTLET_RESTORE_BEFORE", default: false)
        endsAtGap = reader.bool("MARTLET_RESTORE_END_AT_GAP", default: false)
        timeline = reader.string("MARTLET_RESTORE_TIMELINE", default: "latest")
        action = reader.choice("MARTLET_RESTORE_ACTION", default: .promote)
        restoresGlobals = reader.bool("MARTLET_RESTORE_GLOBALS", default: false)
        isFresh = reader.bool("MARTLET_RESTORE_FRESH", default: false)
        compares = reader.bool("MARTLET_RESTORE_COMPARE", default: true)
        command = reader.string("MARTLET_RESTORE_COMMAND")
        var tablespaces: [String: String] = [:]
        for pair in reader.list("MARTLET_RESTORE_TABLESPACES", default: []) {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, parts.allSatisfy({ $0.hasPrefix("/") }), tablespaces[parts[0]] == nil {
                tablespaces[parts[0]] = parts[1]
            } else {
                reader.report(
                    "MARTLET_RESTORE_TABLESPACES",
                    problem: "\"\(pair)\" is not valid",
                    allowed: "OLD=NEW with the absolute paths of two folders, each OLD once"
                )
            }
        }
        self.tablespaces = tablespaces
        if timeline != "latest", timeline != "current", UInt32(timeline).map({ $0 > 0 }) != true {
            reader.report(
                "MARTLET_RESTORE_TIMELINE",
                problem: "\"\(timeline)\" is not valid",
                allowed: "latest, current or a number from 1"
            )
        }
        guard verb == .restore else { return }
        if isExclusive, !Self.hasBefore(target) {
            reader.report(
                "MARTLET_RESTORE_BEFORE",
                problem: "there is nothing to end before",
                allowed: "with --at, --lsn or --xid"
            )
        }
        if (folder == nil) == (database == nil) {
            reader.report(
                "MARTLET_RESTORE_TO",
                problem: folder == nil ? "is required and not set" : "a folder and a database are both given",
                allowed: "an empty folder, or MARTLET_RESTORE_DATABASE_URL with a database: `--to` takes either"
            )
        }
        if let folder, !folder.hasPrefix("/") {
            reader.report("MARTLET_RESTORE_TO", problem: "\"\(folder)\" is not absolute", allowed: "a path from /")
        }
    }

    /// Whether a server takes a target's own edge into account.
    private static func hasBefore(_ target: RecoveryTarget) -> Bool {
        switch target {
        case .time, .position, .transaction: true
        case .latest, .immediate, .name: false
        }
    }
}
