// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on where backups lie and what opens them.

internal import Platform
internal import Recovery

/// Stores, keys and the database system.
struct PlaceSettings: Sendable {
    /// `MARTLET_BACKUP_STORES`: at least one address.
    let stores: [String]
    /// `MARTLET_BACKUP_KEYS`; nil when there are none.
    let keys: KeyRing?
    /// `MARTLET_BACKUP_ENCRYPTION`: whether new backups are encrypted.
    let isEncrypted: Bool
    /// `MARTLET_BACKUP_SYSTEM`: whose backups; nil: the database's, or the only one in the store.
    let system: SystemID?
    /// The key ring's file, which a restored server can be told.
    let keyFile: String?

    /// How backups are encrypted.
    enum Encryption: String, CaseIterable {
        /// By AES-256 in Galois/Counter Mode.
        case aes = "aes-256-gcm"
        /// Not at all: who can read the store can read every row.
        case none
    }

    init(_ reader: SettingsReader, for verb: BackupVerb) {
        stores = reader.list("MARTLET_BACKUP_STORES", default: [])
        let text = reader.secret("MARTLET_BACKUP_KEYS")
        isEncrypted = reader.choice("MARTLET_BACKUP_ENCRYPTION", default: Encryption.aes) == .aes
        keyFile = reader.secretFile("MARTLET_BACKUP_KEYS")
        let system = reader.string("MARTLET_BACKUP_SYSTEM")
        self.system = system.flatMap { SystemID($0) }
        if system != nil, self.system == nil {
            reader.report(
                "MARTLET_BACKUP_SYSTEM",
                problem: "it is no system identifier",
                allowed: "the number that `pg_controldata` shows as the database system identifier"
            )
        }
        var keys: KeyRing?
        do throws(RecoveryError) {
            if let text { keys = try KeyRing(parsing: text, acceptsPlain: !isEncrypted) }
        } catch {
            reader.report("MARTLET_BACKUP_KEYS", problem: error.message, allowed: RingKey.allowed)
        }
        self.keys = keys ?? (isEncrypted ? nil : .plain)
        guard verb.needsStore else { return }
        if stores.isEmpty {
            reader.report(
                "MARTLET_BACKUP_STORES",
                problem: "is required and not set",
                allowed: StorePlaces.allowed
            )
        }
        if isEncrypted, text == nil {
            reader.report(
                "MARTLET_BACKUP_KEYS",
                problem: "is required and not set",
                allowed: "the keys, or MARTLET_BACKUP_KEYS_FILE with their file (`martlet-backup keys generate ID` "
                    + "makes one), or MARTLET_BACKUP_ENCRYPTION=none"
            )
        }
    }
}

extension BackupVerb {
    /// Whether it touches a store; all but making keys do.
    fileprivate var needsStore: Bool { self != .keys }
}
