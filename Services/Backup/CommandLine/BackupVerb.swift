// SPDX-License-Identifier: Apache-2.0
// Martlet: what the program can be asked to do.

/// The word behind the program's name.
enum BackupVerb: String, CaseIterable, Sendable {
    /// Makes a backup.
    case backup
    /// Restores one.
    case restore
    /// Shows what there is.
    case list
    /// Reads every stored byte of backups and checks it.
    case verify
    /// Restores into a scratch server and looks whether all is there.
    case drill
    /// Removes what the rules of retention don't keep.
    case prune
    /// Stores a file of the log: PostgreSQL's `archive_command`.
    case walPush = "wal-push"
    /// Fetches a file of the log: PostgreSQL's `restore_command`.
    case walFetch = "wal-fetch"
    /// Receives the log as it is written.
    case receive
    /// Writes what operators configured, signed.
    case export
    /// Shows what an export would change, and changes it.
    case importing = "import"
    /// Does everything on schedule.
    case serve
    /// Asks the `serve` that runs here whether it is ready.
    case health
    /// Tries stores, keys and database before they are needed.
    case check
    /// Copies what one of several stores lacks, or has damaged.
    case repair
    /// Makes keys, and closes backups with the current one.
    case keys

    /// One line for the list of verbs.
    var summary: String {
        switch self {
        case .backup: "makes a backup"
        case .restore: "restores a backup into an empty folder or a database"
        case .list: "shows the backups"
        case .verify: "reads every stored byte of backups and checks it"
        case .drill:
            "restores the newest backup into a scratch server, looks whether all is there, and measures RPO and RTO"
        case .prune: "removes what the rules of retention don't keep"
        case .walPush: "stores a file of the log (archive_command)"
        case .walFetch: "fetches a file of the log (restore_command)"
        case .receive: "receives the log as it is written, until it is stopped"
        case .export: "exports what operators configured, signed"
        case .importing: "shows what an export would change here, and changes it with --apply"
        case .serve: "backs up, verifies, drills and prunes on schedule, receives the log, and answers over HTTP"
        case .health: "asks the `serve` of this machine whether it is ready"
        case .check: "tries stores, keys and the database's settings, and says what to do about each problem"
        case .repair: "copies what one of several stores lacks from another, and with --deep replaces damaged copies"
        case .keys: "makes keys, closes all backups with the current key, or shows the public key of exports"
        }
    }

    /// What follows the verb, as the help shows it; nothing else may.
    var operands: String {
        switch self {
        case .walPush: "PATH"
        case .walFetch: "NAME PATH"
        case .keys: "generate ID | rewrap | renew | signing ID | public"
        default: ""
        }
    }

    /// Whether these words may follow the verb.
    func takes(_ words: [String]) -> Bool {
        switch self {
        case .walPush: words.count == 1
        case .walFetch: words.count == 2
        case .keys:
            [["rewrap"], ["renew"], ["public"]].contains(words)
                || words.count == 2 && ["generate", "signing"].contains(words[0])
        default: words.isEmpty
        }
    }

    /// Something to copy.
    var example: String {
        switch self {
        case .backup: "martlet-backup backup --label before-upgrade"
        case .restore: #"martlet-backup restore --to /var/lib/postgresql/15/restored --at "2026-11-28 14:05:00Z""#
        case .list: "martlet-backup list --output json"
        case .verify: "martlet-backup verify --backup all"
        case .drill: "martlet-backup drill --to /var/tmp"
        case .prune: "martlet-backup prune --dry-run"
        case .walPush: "archive_command = 'martlet-backup wal-push %p'"
        case .walFetch: "restore_command = 'martlet-backup wal-fetch %f %p'"
        case .receive: "martlet-backup receive"
        case .export: "martlet-backup export --to /var/backups/martlet.export"
        case .importing: "martlet-backup import --from /var/backups/martlet.export --apply"
        case .serve: #"MARTLET_BACKUP_SCHEDULE_BACKUP="30 2 * * *" martlet-backup serve"#
        case .health: "martlet-backup health"
        case .check: "martlet-backup check"
        case .repair: "martlet-backup repair --deep"
        case .keys: "umask 077; martlet-backup keys generate 2026-11 > /etc/martlet/backup.key"
        }
    }
}
