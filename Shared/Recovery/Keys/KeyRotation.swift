// SPDX-License-Identifier: Apache-2.0
// Martlet: closes a backup anew with the current key.
public import ObjectStore

/// Changes of keys: the data key stays and no volume is touched, only the small head is written anew.
public enum KeyRotation {
    /// Wraps a backup's data key by the current key of the ring, whichever key of the ring it was wrapped by before.
    ///
    /// In each of several stores that has it: what one of them kept, the old key would still open.
    ///
    /// For keys that are retired. Whoever had both a stolen key and the old head knows the data key: after a theft, make
    /// a new backup as well.
    /// - Returns: false when it is not encrypted, so that there is no key to wrap.
    /// - Throws: `.notFound`, `.wrongKey`, `.damaged`, `.store`.
    @discardableResult
    public static func rewrap(
        _ id: BackupID,
        of system: SystemID,
        in store: any ObjectStore,
        keys: KeyRing
    ) async throws(RecoveryError) -> Bool {
        let path = BackupPath(id, of: system)
        guard try await BackupHead.peek(at: path, in: store).key != nil else { return false }
        guard let key = try await BackupHead.read(at: path, in: store, keys: keys).key else { return false }
        try await BackupHead.replace(key, at: path, in: store, keys: keys)
        return true
    }

    /// The id of the ring's key, or the name of the service, that a backup needs now.
    public static func keyNeeded(
        by id: BackupID,
        of system: SystemID,
        in store: any ObjectStore
    ) async throws(RecoveryError) -> String? {
        try await BackupHead.peek(at: BackupPath(id, of: system), in: store).key?.key
    }
}
