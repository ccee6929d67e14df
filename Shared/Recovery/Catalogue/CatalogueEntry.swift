// SPDX-License-Identifier: Apache-2.0
// Martlet: what the catalogue says of a backup.
public import Platform

/// A finished backup: it exists since this was written.
///
/// Stored as JSON of at most 64 MiB, about 100 bytes for each volume and archive: enough for 600,000 volumes, 36 TiB of
/// the usual 64 MiB each. Unknown members are ignored, so newer programs may add some.
public struct CatalogueEntry: Hashable, Sendable {
    /// The backup's name.
    public let id: BackupID
    /// Whose backup it is.
    public let system: SystemID
    /// What its maker knew.
    public let facts: BackupFacts
    /// When it was whole.
    public let ended: Timestamp
    /// Bytes before compression.
    public let plainSize: Int64
    /// Bytes of all volumes.
    public let storedSize: Int64
    /// The compression of the last run.
    public let compression: Compression
    /// Whether it is encrypted.
    public let isEncrypted: Bool
    /// The ring key's id or the service's name that wrapped the data key when it ended; the head knows what it is now.
    public let keyID: String?
    /// The version of the program.
    public let program: String
    /// The volumes, by number.
    public let volumes: [VolumeSummary]
    /// The archives, by name.
    public let archives: [ArchiveSummary]
    /// The attempt to finish that succeeded, 1 for the first: which index is the right one.
    public let attempt: Int
    /// The size and checksum of the stored index.
    public let index: IndexSummary

    /// How it was made.
    public var method: BackupMethod { id.method }
    /// How long it took; of a resumed one, since its first run began.
    public var duration: Duration { ended - min(facts.began, id.began ?? facts.began) }
    /// Where its objects lie.
    public var path: BackupPath { BackupPath(id, of: system) }

    /// Bytes that a stored entry may have.
    public static let longest = 64 << 20
    /// The version of the format.
    static let version = 1
}
