// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on where backups lie and what opens them.

internal import ObjectStore
internal import Platform
internal import Recovery

/// Stores, keys and the database system.
struct PlaceSettings: Sendable {
    /// `MARTLET_BACKUP_STORES`, at least one, and `MARTLET_BACKUP_REQUIRED_STORES`.
    let stores: StorePlaces
    /// `MARTLET_BACKUP_KEYS`; nil when there are none.
    let keys: KeyRing?
    /// `MARTLET_BACKUP_KMS_KEY` and so on; nil without a key service.
    let kms: KMSSettings?
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
        let addresses = reader.list("MARTLET_BACKUP_STORES", default: [])
        stores = Self.stores(addresses, reader)
        let text = reader.secret("MARTLET_BACKUP_KEYS")
        kms = KMSSettings(reader)
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
        // Making the first key needs neither.
        guard verb != .keys else { return }
        if addresses.isEmpty {
            reader.report(
                "MARTLET_BACKUP_STORES",
                problem: "is required and not set",
                allowed: StorePlaces.allowed
            )
        }
        if isEncrypted, text == nil, kms == nil {
            reader.report(
                "MARTLET_BACKUP_KEYS",
                problem: "is required and not set",
                allowed: "the keys, or MARTLET_BACKUP_KEYS_FILE with their file (`martlet-backup keys generate ID` "
                    + "makes one), or MARTLET_BACKUP_KMS_KEY, or MARTLET_BACKUP_ENCRYPTION=none"
            )
        }
    }

    /// The keys at hand with a key service, if there is one.
    func ring(_ service: (any KeyService)?) throws(RecoveryError) -> KeyRing {
        guard let service else { return keys ?? .plain }
        return try KeyRing(keys?.keys ?? [], service: service, acceptsPlain: !isEncrypted)
    }

    private static func stores(_ texts: [String], _ reader: SettingsReader) -> StorePlaces {
        var addresses: [StoreAddress] = []
        for text in texts {
            do throws(ObjectStoreError) { addresses.append(try StoreAddress(parsing: text)) } catch {
                reader.report("MARTLET_BACKUP_STORES", problem: error.description, allowed: StorePlaces.allowed)
            }
        }
        let required = reader.int("MARTLET_BACKUP_REQUIRED_STORES", default: 0, in: 0...MirroredStore.most)
        if required > max(1, addresses.count) {
            reader.report(
                "MARTLET_BACKUP_REQUIRED_STORES",
                problem: "\(required) is more than there are stores",
                allowed: "0 for all, or up to their number"
            )
        }
        return StorePlaces(addresses: addresses, required: required == 0 ? nil : required)
    }
}
