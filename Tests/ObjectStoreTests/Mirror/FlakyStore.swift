// SPDX-License-Identifier: Apache-2.0
// Martlet: a store that can be switched off, and damaged.
import ObjectStore
import Synchronization
import TestSupport

/// A folder's store before which a test puts trouble.
final class FlakyStore: ObjectStore {
    /// What is wrong.
    enum Trouble: Sendable, Equatable {
        case none
        /// Nothing answers.
        case away
        /// Every call is refused.
        case refuses
        /// Calls wait until that is over, or they are cancelled.
        case hangs
        /// Downloads fail after this many bytes.
        case breaks(Int)
    }

    private let inner: DirectoryStore
    let folder: TestFolder
    private let trouble = Mutex(Trouble.none)
    private let asked = Mutex(0)

    /// Calls so far.
    var calls: Int { asked.withLock { $0 } }
    var place: String { inner.place }

    init() async throws {
        folder = try TestFolder()
        inner = try await DirectoryStore(folder: folder.path)
    }

    func set(_ trouble: Trouble) { self.trouble.withLock { $0 = trouble } }

    private func checked() async throws(ObjectStoreError) -> DirectoryStore {
        asked.withLock { $0 += 1 }
        switch trouble.withLock({ $0 }) {
        case .away: throw ObjectStoreError(.unavailable, "it is away", place: place)
        case .refuses: throw ObjectStoreError(.denied, "it refuses", place: place)
        case .hangs:
            do { try await eventually("the store answers") { trouble.withLock { $0 } != .hangs } } catch {
                throw ObjectStoreError(.cancelled, "cancelled", place: place)
            }
        case .none, .breaks: break
        }
        return inner
    }

    @discardableResult
    func put(_ bytes: [UInt8], at key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError)
        -> ObjectInfo
    { try await checked().put(bytes, at: key, when: condition) }

    func upload(to key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError) -> any ObjectUpload {
        Upload(store: self, inner: try await checked().upload(to: key, when: condition))
    }

    func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        try await checked().get(key, limit: limit)
    }

    func download(_ key: ObjectKey, range: Range<Int64>?) async throws(ObjectStoreError) -> any ObjectDownload {
        let download = try await checked().download(key, range: range)
        guard case .breaks(let count) = trouble.withLock({ $0 }) else { return download }
        return Download(inner: download, place: place, left: Mutex(count))
    }

    func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? { try await checked().info(key) }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
        try await checked().list(prefix: prefix, after: after, limit: limit)
    }

    func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) { try await checked().remove(keys) }

    func close() async { await inner.close() }

    private struct Upload: ObjectUpload {
        let store: FlakyStore
        let inner: any ObjectUpload

        func write(_ bytes: [UInt8]) async throws(ObjectStoreError) {
            _ = try await store.checked()
            try await inner.write(bytes)
        }

        func finish() async throws(ObjectStoreError) -> ObjectInfo {
            _ = try await store.checked()
            return try await inner.finish()
        }

        func abandon() async { await inner.abandon() }
    }

    private final class Download: ObjectDownload {
        let inner: any ObjectDownload
        let place: String
        let left: Mutex<Int>
        var size: Int64 { inner.size }

        init(inner: any ObjectDownload, place: String, left: consuming Mutex<Int>) {
            self.inner = inner
            self.place = place
            self.left = left
        }

        func next() async throws(ObjectStoreError) -> [UInt8]? {
            let bytes = try await inner.next()
            let isOver = left.withLock { left in
                left -= bytes?.count ?? 0
                return left < 0
            }
            guard !isOver else { throw ObjectStoreError(.unavailable, "the connection broke", place: place) }
            return bytes
        }

        func close() async { await inner.close() }
    }
}
