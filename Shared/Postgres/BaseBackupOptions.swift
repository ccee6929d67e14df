// SPDX-License-Identifier: Apache-2.0
// Martlet: how a base backup is asked for.

/// The options of BASE_BACKUP that we use; log is never included, tablespaces come as a map and with a manifest.
public struct BaseBackupOptions: Sendable {
    /// How the checkpoint at the beginning is made.
    public enum Checkpoint: String, Sendable {
        /// At once, with the I/O that this costs.
        case fast
        /// With the server's usual spreading; may take `checkpoint_timeout`.
        case spread
    }

    /// How the manifest proves files.
    public enum ManifestChecksum: String, Sendable {
        /// Fast; finds accidents.
        case crc32c = "CRC32C"
        /// Costs the server about a second for each 2 GB.
        case sha256 = "SHA256"
    }

    /// Shown in `backup_label`; one line, at most 1,000 bytes.
    public var label: String
    /// Default fast.
    public var checkpoint: Checkpoint = .fast
    /// Default CRC-32C, as pg_basebackup.
    public var manifestChecksum: ManifestChecksum = .crc32c
    /// The server's own throttle in KiB a second, 32 to 1,048,576; nil for none.
    public var maxRateKiB: Int?
    /// Whether the server counts what it will send before it begins; default yes.
    public var estimates = true
    /// Whether the server waits until its archive has the backup's log; default no: the caller looks itself.
    /// If so, the wait counts as the server's silence.
    public var waitsForArchive = false

    /// Names the backup.
    public init(label: String) { self.label = label }

    /// The command.
    func command() throws(PostgresError) -> String {
        guard label.utf8.count <= 1_000, !label.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            throw PostgresError(.configuration, "a backup's label is one line of at most 1,000 bytes")
        }
        if let maxRateKiB, !(32...1_048_576).contains(maxRateKiB) {
            throw PostgresError(.configuration, "a rate of \(maxRateKiB) KiB/s is not between 32 and 1048576")
        }
        let text = label.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        var options = [
            "LABEL '\(text)'", "CHECKPOINT '\(checkpoint.rawValue)'", "WAL false", "TABLESPACE_MAP true",
            "WAIT \(waitsForArchive)", "MANIFEST 'yes'", "MANIFEST_CHECKSUMS '\(manifestChecksum.rawValue)'",
            // The reader checks pages itself: the server would end a backup of a damaged cluster with an error.
            "VERIFY_CHECKSUMS false",
        ]
        if estimates { options.append("PROGRESS true") }
        if let maxRateKiB { options.append("MAX_RATE \(maxRateKiB)") }
        return "BASE_BACKUP (\(options.joined(separator: ", ")))"
    }
}
