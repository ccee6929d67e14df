// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on how a run goes.

internal import Platform
internal import Postgres
internal import Recovery

/// Method, pipeline and limits of a run.
struct RunSettings: Sendable {
    /// The form of results.
    enum Output: String, CaseIterable {
        /// For people.
        case table
        /// For programs.
        case json
    }

    /// What broken pages of the database lead to.
    enum DamagedPages: String, CaseIterable {
        /// The backup fails.
        case fail
        /// The backup stays and says so.
        case record
    }

    /// `MARTLET_BACKUP_METHOD`, default physical.
    let method: BackupMethod
    /// `MARTLET_BACKUP_LABEL`.
    let label: String?
    /// `MARTLET_BACKUP_RESUME`.
    let isResumed: Bool
    /// `MARTLET_BACKUP_ID`: `latest`, `all` or a name.
    let backup: String?
    /// `MARTLET_BACKUP_DRY_RUN`.
    let isDry: Bool
    /// `MARTLET_BACKUP_DEEP`: whether a repair reads every copy.
    let isDeep: Bool
    /// `MARTLET_BACKUP_OUTPUT`, default table.
    let output: Output
    /// Compression, chunks, volumes, threads.
    var vault: VaultOptions
    /// `MARTLET_BACKUP_RATE` in bytes a second; nil is without limit.
    let rate: Int?
    /// `MARTLET_BACKUP_RATE_FILE`: a file whose content is the rate, read while a run goes on.
    let rateFile: String?
    /// `MARTLET_BACKUP_DEADLINE` of a whole run, default one day.
    let deadline: Duration
    /// `MARTLET_BACKUP_SNAPSHOT_AGE`: how long a logical backup may hold vacuum back.
    let snapshotAge: Duration
    /// `MARTLET_BACKUP_CHECKPOINT`, default fast.
    let checkpoint: BaseBackupOptions.Checkpoint
    /// `MARTLET_BACKUP_CONNECTIONS`: sessions of a logical backup or restore at once, default 2.
    let connections: Int
    /// `MARTLET_BACKUP_PROGRAMS`: the folder of PostgreSQL's programs; nil: wherever they usually are.
    let programs: PostgresPrograms
    /// `MARTLET_BACKUP_DAMAGED_PAGES`, default fail.
    let damage: PhysicalBackup.DamagePolicy

    init(_ reader: SettingsReader) {
        method = reader.choice("MARTLET_BACKUP_METHOD", default: .physical)
        label = reader.string("MARTLET_BACKUP_LABEL")
        isResumed = reader.bool("MARTLET_BACKUP_RESUME", default: false)
        backup = reader.string("MARTLET_BACKUP_ID")
        isDry = reader.bool("MARTLET_BACKUP_DRY_RUN", default: false)
        isDeep = reader.bool("MARTLET_BACKUP_DEEP", default: false)
        output = reader.choice("MARTLET_BACKUP_OUTPUT", default: .table)
        var vault = VaultOptions()
        let compression = reader.string("MARTLET_BACKUP_COMPRESSION", default: "\(vault.compression)")
        if let known = Compression(compression) {
            vault.compression = known
        } else {
            reader.report(
                "MARTLET_BACKUP_COMPRESSION",
                problem: "\"\(compression.prefix(100))\" is not valid",
                allowed: Compression.allowed
            )
        }
        vault.chunkSize = reader.byteCount(
            "MARTLET_BACKUP_CHUNK_SIZE",
            default: vault.chunkSize,
            in: .kibibytes(4) ... .mebibytes(4)
        )
        vault.volumeSize = reader.byteCount(
            "MARTLET_BACKUP_VOLUME_SIZE",
            default: vault.volumeSize,
            in: .kibibytes(64) ... .gibibytes(1)
        )
        vault.threads = reader.int("MARTLET_BACKUP_THREADS", default: vault.threads, in: 1...64)
        self.vault = vault
        let rate = reader.byteCount("MARTLET_BACKUP_RATE", default: ByteCount(0)).bytes
        self.rate = rate == 0 ? nil : Int(clamping: rate)
        rateFile = reader.string("MARTLET_BACKUP_RATE_FILE")
        deadline = reader.duration(
            "MARTLET_BACKUP_DEADLINE",
            default: .seconds(86_400),
            in: .seconds(1) ... .seconds(30 * 86_400)
        )
        snapshotAge = reader.duration(
            "MARTLET_BACKUP_SNAPSHOT_AGE",
            default: SnapshotLimits().greatestAge,
            in: .seconds(60) ... .seconds(7 * 86_400)
        )
        let isSpread = reader.choice("MARTLET_BACKUP_CHECKPOINT", default: Checkpoint.fast) == .spread
        checkpoint = isSpread ? .spread : .fast
        connections = reader.int("MARTLET_BACKUP_CONNECTIONS", default: 2, in: 1...32)
        programs = PostgresPrograms(folder: reader.string("MARTLET_BACKUP_PROGRAMS"))
        damage = reader.choice("MARTLET_BACKUP_DAMAGED_PAGES", default: DamagedPages.fail) == .fail ? .fail : .record
        if let label, label.utf8.count > 1_000 || label.utf8.contains(where: { $0 < 32 || $0 == 127 }) {
            reader.report(
                "MARTLET_BACKUP_LABEL",
                problem: "it is too long or has line breaks",
                allowed: "one line of at most 1000 bytes"
            )
        }
    }

    private enum Checkpoint: String, CaseIterable {
        case fast
        case spread
    }
}
