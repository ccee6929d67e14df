// SPDX-License-Identifier: Apache-2.0
// Martlet: the short options of all verbs; the one table.

extension BackupOption {
    /// All of them, in the order of the help.
    static let table: [BackupOption] = [
        BackupOption(
            name: "--method",
            setting: "MARTLET_BACKUP_METHOD",
            value: .one("physical|logical"),
            verbs: [.backup, .drill],
            text: "the server's files with all moments after them, or the content as it is now"
        ),
        BackupOption(
            name: "--label",
            setting: "MARTLET_BACKUP_LABEL",
            value: .one("TEXT"),
            verbs: [.backup],
            text: "a name for people"
        ),
        BackupOption(
            name: "--resume",
            setting: "MARTLET_BACKUP_RESUME",
            value: .flag,
            verbs: [.backup],
            text: "takes up the newest unfinished backup: what it has stored is not stored again"
        ),
        BackupOption(
            name: "--to",
            setting: "MARTLET_RESTORE_TO",
            value: .one("FOLDER|DATABASE_URL"),
            verbs: [.restore],
            text: "an empty folder (physical), or a database (logical)",
            databaseSetting: "MARTLET_RESTORE_DATABASE_URL"
        ),
        BackupOption(
            name: "--backup",
            setting: "MARTLET_BACKUP_ID",
            value: .one("ID|latest"),
            verbs: [.restore],
            text: "which backup; by default the newest that reaches the moment asked for"
        ),
        BackupOption(
            name: "--backup",
            setting: "MARTLET_BACKUP_ID",
            value: .one("ID|latest|all"),
            verbs: [.verify],
            text: "which backup; by default the newest of each method"
        ),
        BackupOption(
            name: "--backup",
            setting: "MARTLET_BACKUP_ID",
            value: .one("ID|latest"),
            verbs: [.drill],
            text: "which backup; by default the newest that is not known to be damaged"
        ),
        BackupOption(
            name: "--to",
            setting: "MARTLET_BACKUP_DRILL_FOLDER",
            value: .one("FOLDER"),
            verbs: [.drill],
            text: "where the scratch folder is made; TMPDIR or /tmp by default"
        ),
        BackupOption(
            name: "--keep",
            setting: "MARTLET_BACKUP_DRILL_KEEP",
            value: .flag,
            verbs: [.drill],
            text: "leaves the restored cluster for a look, and says how to start it"
        ),
        BackupOption(
            name: "--at",
            setting: "MARTLET_RESTORE_AT",
            value: .one("TIME"),
            verbs: [.restore],
            text: "the moment to restore, such as 2026-11-28T14:05:00Z"
        ),
        BackupOption(
            name: "--lsn",
            setting: "MARTLET_RESTORE_LSN",
            value: .one("LSN"),
            verbs: [.restore],
            text: "the position in the log to restore, such as 0/3000148"
        ),
        BackupOption(
            name: "--name",
            setting: "MARTLET_RESTORE_NAME",
            value: .one("NAME"),
            verbs: [.restore],
            text: "the restore point to restore, made by pg_create_restore_point()"
        ),
        BackupOption(
            name: "--xid",
            setting: "MARTLET_RESTORE_XID",
            value: .one("XID"),
            verbs: [.restore],
            text: "the transaction to restore, itself included"
        ),
        BackupOption(
            name: "--immediate",
            setting: "MARTLET_RESTORE_IMMEDIATE",
            value: .flag,
            verbs: [.restore],
            text: "the end of the backup itself"
        ),
        BackupOption(
            name: "--before",
            setting: "MARTLET_RESTORE_BEFORE",
            value: .flag,
            verbs: [.restore],
            text: "ends just before the target instead of just after it"
        ),
        BackupOption(
            name: "--end-at-gap",
            setting: "MARTLET_RESTORE_END_AT_GAP",
            value: .flag,
            verbs: [.restore],
            text: "takes a gap in the log for its end, and gives up all behind it, or in a store that is away"
        ),
        BackupOption(
            name: "--globals",
            setting: "MARTLET_RESTORE_GLOBALS",
            value: .flag,
            verbs: [.restore],
            text: "creates the roles of a logical backup that the server lacks; those that are there stay as they are"
        ),
        BackupOption(
            name: "--fresh",
            setting: "MARTLET_RESTORE_FRESH",
            value: .flag,
            verbs: [.restore],
            text: "drops what a cut restore of a logical backup made, and begins again"
        ),
        BackupOption(
            name: "--compare",
            setting: "MARTLET_RESTORE_COMPARE",
            value: .one("true|false"),
            verbs: [.restore],
            text: "whether all rows of a restored logical backup are read again and compared with it; true by default"
        ),
        BackupOption(
            name: "--timeline",
            setting: "MARTLET_RESTORE_TIMELINE",
            value: .one("latest|current|NUMBER"),
            verbs: [.restore],
            text: "the timeline to follow; latest by default"
        ),
        BackupOption(
            name: "--action",
            setting: "MARTLET_RESTORE_ACTION",
            value: .one("promote|pause|shutdown"),
            verbs: [.restore],
            text: "what the server does at the target; promote by default"
        ),
        BackupOption(
            name: "--tablespace-mapping",
            setting: "MARTLET_RESTORE_TABLESPACES",
            value: .many("OLD=NEW"),
            verbs: [.restore],
            text: "another folder for a tablespace; may be repeated"
        ),
        BackupOption(
            name: "--dry-run",
            setting: "MARTLET_BACKUP_DRY_RUN",
            value: .flag,
            verbs: [.prune],
            text: "shows what would be removed, and removes nothing"
        ),
        BackupOption(
            name: "--deep",
            setting: "MARTLET_BACKUP_DEEP",
            value: .flag,
            verbs: [.repair],
            text: "also reads every copy of every object, and replaces damaged ones by sound ones"
        ),
        BackupOption(
            name: "--to",
            setting: "MARTLET_BACKUP_EXPORT_TO",
            value: .one("store|-|FILE"),
            verbs: [.export],
            text: "where the export goes: the store (the default), standard output, or a new file"
        ),
        BackupOption(
            name: "--from",
            setting: "MARTLET_BACKUP_IMPORT_FROM",
            value: .one("latest|NAME|-|FILE"),
            verbs: [.importing],
            text: "the newest export of the store (the default), one of them, standard input, or a file"
        ),
        BackupOption(
            name: "--section",
            setting: "MARTLET_BACKUP_SECTIONS",
            value: .many("NAME"),
            verbs: [.export, .importing],
            text: "queues, maintenance, subscribers, settings or files; may be repeated; all by default"
        ),
        BackupOption(
            name: "--trust",
            setting: "MARTLET_BACKUP_TRUST",
            value: .many("ID:BASE64"),
            verbs: [.importing],
            text: "a public key whose signature is believed, besides that of one's own signing key"
        ),
        BackupOption(
            name: "--apply",
            setting: "MARTLET_BACKUP_IMPORT_APPLY",
            value: .flag,
            verbs: [.importing],
            text: "changes what differs; without it an import only shows"
        ),
        BackupOption(
            name: "--prune",
            setting: "MARTLET_BACKUP_IMPORT_PRUNE",
            value: .flag,
            verbs: [.importing],
            text: "also removes what the export does not have"
        ),
        BackupOption(
            name: "--output",
            setting: "MARTLET_BACKUP_OUTPUT",
            value: .one("table|json"),
            verbs: [.backup, .restore, .list, .verify, .drill, .prune, .export, .importing, .check, .repair],
            text: "the form of the result on standard output"
        ),
    ]

    /// The options of a verb.
    static func options(of verb: BackupVerb) -> [BackupOption] { table.filter { $0.verbs.contains(verb) } }
}
