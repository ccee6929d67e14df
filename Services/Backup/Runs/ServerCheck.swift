// SPDX-License-Identifier: Apache-2.0
// Martlet: which of a server's settings stand in the way of backups. Pure: settings in, findings out.

/// Judges a server by `pg_settings` and some facts.
struct ServerCheck: Sendable {
    /// What the server says of itself.
    struct Facts: Sendable {
        /// By name.
        var settings: [String: String] = [:]
        /// `server_version_num`.
        var version = 0
        /// The role that connects.
        var role = ""
        /// Whether it has REPLICATION or is a superuser.
        var mayReplicate = false
        /// Whether the archiver's last try failed.
        var isArchiverFailing = false
        /// Whether backups get the configuration that lies outside of the data folder.
        var isConfigurationRead = false
        /// Whether the receiver's slot is there, and in use.
        var slot: (name: String, isActive: Bool)?
    }

    /// The oldest server that physical backups understand.
    static let oldest = 150_000

    let facts: Facts
    /// `MARTLET_BACKUP_EXPORT_FILES`.
    var exported: Set<String> = []

    /// All findings, in the order in which one would mend them.
    var findings: [CheckFinding] {
        [version, replication, level, senders, archive, durability, checksums] + (configuration.map { [$0] } ?? [])
    }

    private func setting(_ name: String) -> String { facts.settings[name] ?? "" }

    private var version: CheckFinding {
        let found = "PostgreSQL \(facts.version / 10_000).\(facts.version % 10_000)"
        guard facts.version < Self.oldest else { return CheckFinding(subject: "version", grade: .good, found: found) }
        return CheckFinding(
            subject: "version",
            grade: .problem,
            found: found,
            advice: "physical backups need PostgreSQL 15 or later; take logical ones"
        )
    }

    private var replication: CheckFinding {
        guard !facts.mayReplicate else {
            return CheckFinding(subject: "role", grade: .good, found: "\(facts.role) may replicate")
        }
        return CheckFinding(
            subject: "role",
            grade: .problem,
            found: "\(facts.role) lacks REPLICATION",
            advice:
                "as a superuser: ALTER ROLE \"\(facts.role)\" REPLICATION; and a line `host replication` in pg_hba.conf"
        )
    }

    private var level: CheckFinding {
        let level = setting("wal_level")
        let isGood = level == "replica" || level == "logical"
        return CheckFinding(
            subject: "wal_level",
            grade: isGood ? .good : .problem,
            found: level,
            advice: isGood ? "" : "ALTER SYSTEM SET wal_level = replica; and restart the server"
        )
    }

    private var senders: CheckFinding {
        let senders = Int(setting("max_wal_senders")) ?? 0
        guard senders < 2 else {
            return CheckFinding(subject: "max_wal_senders", grade: .good, found: "\(senders)")
        }
        return CheckFinding(
            subject: "max_wal_senders",
            grade: .problem,
            found: "\(senders)",
            advice:
                "a backup and a receiver need one each: ALTER SYSTEM SET max_wal_senders = 10; and restart the server"
        )
    }

    /// The log reaches the store by the server's archiver or by a receiver; one is enough.
    private var archive: CheckFinding {
        let receives = facts.slot.map { $0.isActive ? "received by slot \($0.name)" : "slot \($0.name), not in use" }
        guard setting("archive_mode") != "off" else {
            return CheckFinding(
                subject: "log",
                grade: facts.slot?.isActive == true ? .good : .problem,
                found: "archive_mode = off" + (receives.map { "; \($0)" } ?? ""),
                advice: facts.slot?.isActive == true
                    ? ""
                    : "ALTER SYSTEM SET archive_mode = on; ALTER SYSTEM SET archive_command = "
                        + "'martlet-backup wal-push %p'; and restart the server; or run `martlet-backup receive`"
            )
        }
        let command = setting("archive_command")
        guard command.contains("wal-push") || !setting("archive_library").isEmpty else {
            return CheckFinding(
                subject: "log",
                grade: facts.slot?.isActive == true ? .attention : .problem,
                found: "archive_command = '\(command)'" + (receives.map { "; \($0)" } ?? ""),
                advice: "ALTER SYSTEM SET archive_command = 'martlet-backup wal-push %p'; SELECT pg_reload_conf()"
            )
        }
        if facts.isArchiverFailing {
            return CheckFinding(
                subject: "log",
                grade: .problem,
                found: "archive_command fails",
                advice: "see the server's log; run the command by hand as the server's user"
            )
        }
        let timeout = Int(setting("archive_timeout")) ?? 0
        guard timeout > 0 || facts.slot?.isActive == true else {
            return CheckFinding(
                subject: "log",
                grade: .attention,
                found: "archive_timeout = 0: a quiet server may lose hours",
                advice:
                    "ALTER SYSTEM SET archive_timeout = '60s'; SELECT pg_reload_conf(); or run `martlet-backup receive`"
            )
        }
        return CheckFinding(subject: "log", grade: .good, found: (receives ?? "archive_command = '\(command)'"))
    }

    private var durability: CheckFinding {
        let off = ["fsync", "full_page_writes"].filter { setting($0) == "off" }
        guard let first = off.first else {
            return CheckFinding(subject: "durability", grade: .good, found: "fsync and full_page_writes are on")
        }
        return CheckFinding(
            subject: "durability",
            grade: .problem,
            found: "\(off.joined(separator: " and ")) off: a crash damages the database",
            advice: "ALTER SYSTEM SET \(first) = on; SELECT pg_reload_conf()"
        )
    }

    /// Base backups have the data folder only; what else can be read lies beside them. Nothing where the role may not
    /// see where the files are.
    private var configuration: CheckFinding? {
        let folder = setting("data_directory")
        let files = ["config_file", "hba_file", "ident_file"].map(setting).filter { !$0.isEmpty }
        guard !folder.isEmpty, !files.isEmpty else { return nil }
        guard !facts.isConfigurationRead else {
            return CheckFinding(
                subject: "configuration",
                grade: .good,
                found: "outside of the data folder, and stored with each physical backup"
            )
        }
        let outside = files.filter { !$0.hasPrefix(folder + "/") }
        guard !outside.isEmpty else {
            return CheckFinding(subject: "configuration", grade: .good, found: "in the data folder")
        }
        let left = outside.filter { !exported.contains($0) }
        guard !left.isEmpty else {
            return CheckFinding(
                subject: "configuration",
                grade: .good,
                found: "outside of the data folder, and in exports"
            )
        }
        return CheckFinding(
            subject: "configuration",
            grade: .attention,
            found: "lies outside of the data folder and is not in backups: \(left.joined(separator: ", "))",
            advice: "as a superuser: GRANT pg_read_server_files TO \"\(facts.role)\"; GRANT EXECUTE ON FUNCTION "
                + "pg_read_binary_file(text, bigint, bigint, boolean), pg_ls_dir(text) TO \"\(facts.role)\"; or name it "
                + "in MARTLET_BACKUP_EXPORT_FILES=\(left.joined(separator: ",")), and tell a restored server where it is "
                + "(docs/recovery.md)"
        )
    }

    private var checksums: CheckFinding {
        let isOn = setting("data_checksums") == "on"
        return CheckFinding(
            subject: "data_checksums",
            grade: isOn ? .good : .attention,
            found: setting("data_checksums"),
            advice: isOn
                ? "" : "without them a backup can't see broken pages: pg_checksums --enable, while the server is down"
        )
    }
}
