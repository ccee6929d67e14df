// SPDX-License-Identifier: Apache-2.0
// Martlet: entries of the catalogue in a store.
public import ObjectStore

extension CatalogueEntry {
    /// Reads the entry of a backup.
    /// - Parameters:
    ///   - heads: Where the backup's head is read, which has the key of the seal; default the same store.
    ///   - keys: Without keys, or without the right one, an entry can be read but not checked for forgery.
    /// - Throws: `.notFound` when there is no such backup, `.damaged` when it is not as it was written.
    public static func load(
        _ id: BackupID,
        of system: SystemID,
        in store: any ObjectStore,
        heads: (any ObjectStore)? = nil,
        keys: KeyRing?
    ) async throws(RecoveryError) -> CheckedEntry {
        let path = BackupPath(id, of: system)
        return try await store.fromAnyCopy { copy throws(RecoveryError) in
            let (entry, document) = try parse(try await copy.load(path.entry, limit: longest), at: path)
            guard let keys else { return CheckedEntry(entry: entry, standing: .unverified("no keys were given")) }
            let opened: OpenedHead
            do throws(RecoveryError) {
                opened = try await BackupHead.read(at: path, in: heads ?? store, keys: keys)
            } catch {
                guard error.code == .wrongKey else { throw error }
                return CheckedEntry(entry: entry, standing: .unverified(error.message))
            }
            guard document.isGenuine(name: path.entry, key: opened.key), entry.isEncrypted == (opened.key != nil) else {
                throw FormatFault("the seal of the entry does not fit").error(in: path.entry)
            }
            return CheckedEntry(entry: entry, standing: .verified)
        }
    }

    private static func parse(
        _ bytes: [UInt8],
        at path: BackupPath
    ) throws(RecoveryError) -> (CatalogueEntry, SealedDocument) {
        do throws(FormatFault) {
            let document = try SealedDocument(stored: bytes)
            let entry = try JSONDocument.decode(CatalogueEntry.self, from: document.body)
            guard entry.path == path else {
                throw FormatFault("it belongs to backup \(entry.id) of system \(entry.system)")
            }
            return (entry, document)
        } catch {
            throw error.error(in: path.entry)
        }
    }

    /// Writes the entry, which makes the backup exist.
    func save(in store: any ObjectStore, key: DataKey?) async throws(RecoveryError) {
        let document = SealedDocument(try JSONDocument.encode(self), name: path.entry, key: key)
        let bytes = document.encoded
        guard bytes.count <= Self.longest else {
            throw RecoveryError(.request, "the entry is too long; take larger volumes", object: path.entry)
        }
        try await store.save(bytes, at: path.entry, when: .absent)
    }
}
