// SPDX-License-Identifier: Apache-2.0
// Martlet: the first object of a backup.
internal import ObjectStore
internal import Platform

/// What a backup begins with: its wrapped data key. JSON of at most 64 KiB, sealed by that data key.
///
/// It may be written anew with the key wrapped otherwise; nothing else refers to its bytes.
struct BackupHead: Codable, Sendable {
    private static let version = 1
    private static let longest = 64 << 10

    let format: Int
    let id: String
    let system: String
    let program: String
    /// nil when the backup is not encrypted.
    let key: WrappedKey?

    /// Writes a head around a data key; nil for a backup without encryption.
    @discardableResult
    static func write(
        _ key: DataKey?,
        at path: BackupPath,
        in store: any ObjectStore,
        keys: KeyRing,
        when condition: WriteCondition
    ) async throws(RecoveryError) -> BackupHead {
        let (head, document) = try await make(key, at: path, keys: keys)
        try await store.save(document.encoded, at: path.head, when: condition)
        return head
    }

    /// Replaces a head by one around the same data key, in every store that has it.
    static func replace(
        _ key: DataKey,
        at path: BackupPath,
        in store: any ObjectStore,
        keys: KeyRing
    ) async throws(RecoveryError) {
        let (_, document) = try await make(key, at: path, keys: keys)
        try await store.replaceInEveryCopy(document.encoded, at: path.head)
    }

    private static func make(
        _ key: DataKey?,
        at path: BackupPath,
        keys: KeyRing
    ) async throws(RecoveryError) -> (BackupHead, SealedDocument) {
        var wrapped: WrappedKey?
        if let key { wrapped = try await keys.wrap(key, for: path.owner) }
        let head = BackupHead(
            format: version,
            id: "\(path.id)",
            system: "\(path.system)",
            program: BuildInfo.version,
            key: wrapped
        )
        return (head, SealedDocument(try JSONDocument.encode(head), name: path.head, key: key))
    }

    /// Reads a head and unwraps its data key.
    /// - Throws: `.notFound`, `.wrongKey`, `.damaged`.
    static func read(
        at path: BackupPath,
        in store: any ObjectStore,
        keys: KeyRing
    ) async throws(RecoveryError) -> OpenedHead {
        try await store.fromAnyCopy { store throws(RecoveryError) in try await readCopy(at: path, in: store, keys: keys)
        }
    }

    private static func readCopy(
        at path: BackupPath,
        in store: any ObjectStore,
        keys: KeyRing
    ) async throws(RecoveryError) -> OpenedHead {
        let bytes = try await store.load(path.head, limit: longest)
        let (head, document) = try parse(bytes, at: path)
        var key: DataKey?
        if let wrapped = head.key {
            do throws(RecoveryError) { key = try await keys.unwrap(wrapped, for: path.owner) } catch {
                throw RecoveryError(error.code, error.message, object: path.head, cause: error.cause)
            }
        } else if !keys.acceptsPlain {
            throw RecoveryError(
                .wrongKey,
                "the backup is not encrypted, which must be allowed explicitly",
                object: path.head
            )
        }
        guard document.isGenuine(name: path.head, key: key) else {
            throw FormatFault("the seal of the head does not fit").error(in: path.head)
        }
        return OpenedHead(head: head, key: key)
    }

    /// Reads a head without any key, so without knowing whether it is genuine.
    static func peek(at path: BackupPath, in store: any ObjectStore) async throws(RecoveryError) -> BackupHead {
        try await store.fromAnyCopy { store throws(RecoveryError) in
            try parse(try await store.load(path.head, limit: longest), at: path).0
        }
    }

    private static func parse(
        _ bytes: [UInt8],
        at path: BackupPath
    ) throws(RecoveryError) -> (BackupHead, SealedDocument) {
        do throws(FormatFault) {
            let document = try SealedDocument(stored: bytes)
            let head = try JSONDocument.decode(BackupHead.self, from: document.body)
            guard head.format == version else {
                throw FormatFault("a head of version \(head.format), which this program does not know; it knows 1")
            }
            guard head.id == "\(path.id)", head.system == "\(path.system)" else {
                throw FormatFault("it belongs to backup \(head.id) of system \(head.system)")
            }
            return (head, document)
        } catch {
            throw error.error(in: path.head)
        }
    }
}
