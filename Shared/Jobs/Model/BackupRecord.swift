// SPDX-License-Identifier: Apache-2.0
// Martlet: a backup as the ledger's copy of the catalogues has it.

public import Platform

/// A backup in the ledger's copy of the catalogues.
public struct BackupRecord: Hashable, Sendable {
    /// Its name; names order by the time of the beginning.
    public var id: String
    /// The database system's identifier.
    public var system: String
    /// `physical` or `logical`.
    public var method: String
    /// The database of a logical one.
    public var database: String?
    /// Whether it is in the catalogue; otherwise it is under way, or was cut off.
    public var isComplete: Bool
    /// Whether retention leaves it alone.
    public var isPinned: Bool
    /// When it began.
    public var began: Timestamp
    /// When it was complete.
    public var ended: Timestamp?
    /// Bytes before compression.
    public var plainBytes: Int64?
    /// Stored bytes.
    public var storedBytes: Int64?
    /// A JSON object for people: versions, positions, compression, the key's name.
    public var details: String

    /// Describes a backup.
    public init(
        id: String,
        system: String,
        method: String,
        database: String? = nil,
        isComplete: Bool,
        isPinned: Bool = false,
        began: Timestamp,
        ended: Timestamp? = nil,
        plainBytes: Int64? = nil,
        storedBytes: Int64? = nil,
        details: String = "{}"
    ) {
        self.id = id
        self.system = system
        self.method = method
        self.database = database
        self.isComplete = isComplete
        self.isPinned = isPinned
        self.began = began
        self.ended = ended
        self.plainBytes = plainBytes
        self.storedBytes = storedBytes
        self.details = details
    }
}
