// SPDX-License-Identifier: Apache-2.0
// Martlet: which of several copies of an object is sound.
public import ObjectStore

/// Judges copies by what authenticates them: seals, keys, and the sums in a backup's indexes.
///
/// ```swift
/// let report = try await mirror.mend(judge: StoredCopies(in: mirror, keys: keys) { _ in keys })
/// ```
public struct StoredCopies: CopyJudge {
    private let store: any ObjectStore
    private let keys: KeyRing
    private let trusted: [TrustedKey]
    private let logKeys: @Sendable (SystemID) async throws(RecoveryError) -> KeyRing

    /// - Parameters:
    ///   - store: All copies as one: what tells of an object is read from any of them.
    ///   - trusted: Who signs exports; without anybody, exports can't be judged.
    ///   - logKeys: The ring that opens a system's log.
    public init(
        in store: any ObjectStore,
        keys: KeyRing,
        trusted: [TrustedKey] = [],
        logKeys: @escaping @Sendable (SystemID) async throws(RecoveryError) -> KeyRing
    ) {
        self.store = store
        self.keys = keys
        self.trusted = trusted
        self.logKeys = logKeys
    }

    /// False for leases and marks of readers.
    public func expectsSame(_ key: ObjectKey) -> Bool {
        guard let (_, place) = Self.place(key) else { return true }
        return switch place {
        case .lease, .reader: false
        case .backup, .check, .wal, .piece, .export, .key: true
        }
    }

    /// Whether a store's copy is what was stored; false also for what nothing authenticates.
    public func isSound(
        _ key: ObjectKey,
        sum: [UInt8],
        in copy: any ObjectStore
    ) async throws(ObjectStoreError) -> Bool {
        do throws(RecoveryError) { return try await check(key, sum, in: copy) } catch {
            switch error.code {
            case .damaged, .wrongKey, .notFound: return false
            case .cancelled: throw ObjectStoreError(.cancelled, error.message, key: key, place: copy.place)
            default:
                throw error.cause as? ObjectStoreError
                    ?? ObjectStoreError(.unavailable, error.message, key: key, place: copy.place, cause: error)
            }
        }
    }

    private static func place(_ key: ObjectKey) -> (SystemID, StorePlace)? {
        guard let system = key.description.split(separator: "/").first.flatMap({ SystemID(String($0)) }),
            let place = StorePlace(key, in: StoreLayout(system))
        else { return nil }
        return (system, place)
    }

    private func check(_ key: ObjectKey, _ sum: [UInt8], in copy: any ObjectStore) async throws(RecoveryError) -> Bool {
        guard let (system, place) = Self.place(key) else { return false }
        switch place {
        case .backup(let id, let name):
            return try await check(Substring(name), of: BackupPath(id, of: system), key, sum, in: copy)
        case .check: return try await CheckResult.load(key, in: copy, heads: store, keys: keys).standing == .verified
        case .wal, .piece:
            let sealed = try await copy.load(key, limit: WALArchive.largestSegment + 1 << 20)
            _ = try SealedObject.open(sealed, name: key, keys: try await logKeys(system))
            return true
        case .export:
            _ = try OpenedExport(try await copy.load(key, limit: StoredExports.largest), trusted: trusted)
            return true
        case .key:
            guard let service = keys.service else { return false }
            _ = try await StoreKey.load(key, of: system, in: copy, service: service)
            return true
        case .lease, .reader: return false
        }
    }

    private func check(
        _ name: Substring,
        of path: BackupPath,
        _ key: ObjectKey,
        _ sum: [UInt8],
        in copy: any ObjectStore
    ) async throws(RecoveryError) -> Bool {
        switch name {
        case "pinned": return false
        case "entry":
            return try await CatalogueEntry.load(path.id, of: path.system, in: copy, heads: store, keys: keys)
                .standing == .verified
        case "head":
            _ = try await BackupHead.read(at: path, in: copy, keys: keys)
            return true
        default: break
        }
        let head = try await BackupHead.read(at: path, in: store, keys: keys)
        guard name.hasPrefix("volume-"), let number = UInt32(name.dropFirst(7).prefix { $0 != "." }) else {
            let sealed = try await copy.load(key, limit: BackupIndex.longest)
            _ = try SealedObject.open(sealed, name: key, keys: keys, data: head.key)
            return true
        }
        let isIndex = name.hasSuffix(".index")
        let index = try await VolumeIndex.load(
            number,
            at: path,
            in: isIndex ? copy : store,
            keys: keys,
            data: head.key
        )
        return isIndex || index.volume.sum.bytes == sum
    }
}
