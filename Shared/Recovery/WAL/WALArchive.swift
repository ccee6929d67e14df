// SPDX-License-Identifier: Apache-2.0
// Martlet: the log of one cluster in a store: whole segments, history files, and pieces of segments under way.
public import ObjectStore
internal import Postgres

/// The archive of one cluster's log.
///
/// ```swift
/// let outcome = try await archive.push("pg_wal/000000010000000000000003")
/// ```
/// Nothing is ever overwritten: a file that is there already must be the same.
public struct WALArchive: Sendable {
    /// The largest segments that are handled; they are held in memory.
    static let largestSegment = SealedObject.largest

    /// The cluster.
    public let system: SystemID
    let store: any ObjectStore
    let keys: KeyRing
    let options: VaultOptions
    let files = FileWorker(name: "wal-files")

    /// Takes all over; reaches nothing yet.
    public init(of system: SystemID, in store: any ObjectStore, keys: KeyRing, options: VaultOptions) {
        self.system = system
        self.store = store
        self.keys = keys
        self.options = options
    }

    /// The object of a file.
    func key(_ name: WALFileName) throws(RecoveryError) -> ObjectKey {
        try key("\(folder(name.timeline))\(name)")
    }

    /// The object of a piece.
    func key(_ segment: WALSegment, _ piece: Range<Int>) throws(RecoveryError) -> ObjectKey {
        let (start, end) = (UInt32(clamping: piece.lowerBound), UInt32(clamping: piece.upperBound))
        return try key("\(pieceFolder(segment))\(WALSegment.digits(start))-\(WALSegment.digits(end))")
    }

    /// What the names of a timeline's objects begin with.
    func folder(_ timeline: UInt32) -> String { "\(system)/wal/\(WALSegment.digits(timeline))/" }

    /// What the names of a segment's pieces begin with.
    func pieceFolder(_ segment: WALSegment) -> String { "\(folder(segment.timeline))\(segment).part/" }

    private func key(_ text: String) throws(RecoveryError) -> ObjectKey {
        guard let key = ObjectKey(text) else { throw RecoveryError(.internal, "\(text) is no object's name") }
        return key
    }

    /// Seals and stores a file or piece, unless it is there already.
    /// - Returns: whether it was stored now.
    /// - Throws: `.request` when another content has its name; `.store`.
    func put(_ bytes: [UInt8], at key: ObjectKey) async throws(RecoveryError) -> Bool {
        let (keys, options) = (keys, options)
        let sealed = try await files.run { () throws(RecoveryError) in
            try SealedObject.seal(bytes, name: key, keys: keys, options: options)
        }
        do throws(ObjectStoreError) {
            try await store.put(sealed, at: key, when: .absent)
            return true
        } catch {
            guard error.code == .exists else { throw RecoveryError(error) }
        }
        guard try await get(key) == bytes else {
            throw RecoveryError(
                .request,
                "another content is stored under this name, and nothing is overwritten",
                object: key
            )
        }
        return false
    }

    /// Reads and opens a file or piece, from another copy where the first one is damaged.
    /// - Throws: `.notFound`, `.damaged`, `.wrongKey`, `.store`.
    func get(_ key: ObjectKey) async throws(RecoveryError) -> [UInt8] {
        let (keys, files) = (keys, files)
        return try await store.fromAnyCopy { store throws(RecoveryError) in
            let sealed = try await store.load(key, limit: Self.largestSegment + 1 << 20)
            return try await files.run { () throws(RecoveryError) in
                try SealedObject.open(sealed, name: key, keys: keys)
            }
        }
    }

    /// The names of all objects that begin with a prefix, behind one.
    func names(_ prefix: String, after: ObjectKey? = nil) async throws(RecoveryError) -> [ObjectKey] {
        var found: [ObjectKey] = []
        var last = after
        while true {
            let page: ObjectPage
            do throws(ObjectStoreError) {
                page = try await store.list(prefix: prefix, after: last, limit: 1_000)
            } catch {
                throw RecoveryError(error)
            }
            found += page.objects.map(\.key)
            guard page.hasMore, let end = page.objects.last?.key else { return found }
            last = end
        }
    }

    /// Removes objects.
    func remove(_ keys: [ObjectKey]) async throws(RecoveryError) {
        do throws(ObjectStoreError) { try await store.remove(keys) } catch { throw RecoveryError(error) }
    }
}
