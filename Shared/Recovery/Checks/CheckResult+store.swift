// SPDX-License-Identifier: Apache-2.0
// Martlet: results of checks in a store.
public import ObjectStore

extension CheckResult {
    /// Its name in a store.
    public var key: ObjectKey { StoreLayout(system).check(kind, of: backup, at: began) }

    /// Writes it, sealed by its backup's key; a check of the same second replaces it.
    /// - Throws: `.notFound` when the backup is gone, `.wrongKey`, `.store`.
    public func save(in store: any ObjectStore, keys: KeyRing) async throws(RecoveryError) {
        let head = try await BackupHead.read(at: BackupPath(backup, of: system), in: store, keys: keys)
        let document = SealedDocument(try JSONDocument.encode(self), name: key, key: head.key)
        try await SystemStore(system, in: store).put(document.encoded, at: key, when: .always)
    }

    /// Reads one.
    /// - Parameters:
    ///   - heads: Where the backup's head is read, which has the key of the seal; default the same store.
    ///   - keys: Without keys, the right one or its backup, it can be read but not checked for forgery.
    /// - Throws: `.notFound`; `.damaged` when it is not as it was written.
    public static func load(
        _ key: ObjectKey,
        in store: any ObjectStore,
        heads: (any ObjectStore)? = nil,
        keys: KeyRing?
    ) async throws(RecoveryError) -> CheckedResult {
        try await store.fromAnyCopy { copy throws(RecoveryError) in
            let bytes = try await copy.load(key, limit: longest)
            let result: CheckResult
            let document: SealedDocument
            do throws(FormatFault) {
                document = try SealedDocument(stored: bytes)
                result = try JSONDocument.decode(CheckResult.self, from: document.body)
                guard result.key == key else { throw FormatFault("it belongs to another name, \(result.key)") }
            } catch {
                throw error.error(in: key)
            }
            guard let keys else { return CheckedResult(result: result, standing: .unverified("no keys were given")) }
            let head: OpenedHead
            do throws(RecoveryError) {
                let path = BackupPath(result.backup, of: result.system)
                head = try await BackupHead.read(at: path, in: heads ?? store, keys: keys)
            } catch {
                guard error.code == .wrongKey || error.code == .notFound else { throw error }
                return CheckedResult(result: result, standing: .unverified(error.message))
            }
            guard document.isGenuine(name: key, key: head.key) else {
                throw FormatFault("the seal of the result does not fit").error(in: key)
            }
            return CheckedResult(result: result, standing: .verified)
        }
    }
}

/// A check's result and how far it can be trusted.
public struct CheckedResult: Sendable {
    /// The result.
    public let result: CheckResult
    /// Whether it is genuine.
    public let standing: CheckedEntry.Standing
}
