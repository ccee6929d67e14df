// SPDX-License-Identifier: Apache-2.0
// Martlet: a store in memory, and one that keeps nothing of volumes.
import ObjectStore
import Platform
import Synchronization

/// Objects in memory.
final class ShelfStore: ObjectStore {
    let place = "shelf://"
    private let objects = Mutex<[ObjectKey: [UInt8]]>([:])

    var names: [String] { objects.withLock { $0.keys.map(\.description).sorted() } }

    func put(_ bytes: [UInt8], at key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError)
        -> ObjectInfo
    {
        let taken = objects.withLock { objects in
            if condition == .absent, objects[key] != nil { return true }
            objects[key] = bytes
            return false
        }
        if taken { throw ObjectStoreError(.exists, "it is there", key: key, place: place) }
        return ObjectInfo(key: key, size: Int64(bytes.count), modified: .now())
    }

    func upload(to key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError) -> any ObjectUpload {
        Upload(store: self, key: key, condition: condition)
    }

    func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        guard let bytes = objects.withLock({ $0[key] }) else {
            throw ObjectStoreError(.notFound, "none", key: key, place: place)
        }
        guard bytes.count <= limit else { throw ObjectStoreError(.tooLarge, "too large", key: key, place: place) }
        return bytes
    }

    func download(_ key: ObjectKey, range: Range<Int64>?) async throws(ObjectStoreError) -> any ObjectDownload {
        let bytes = try await get(key, limit: .max)
        guard let range else { return Download(bytes) }
        guard range.upperBound <= bytes.count else {
            throw ObjectStoreError(.notFound, "beyond the end", key: key, place: place)
        }
        return Download(Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
    }

    func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? {
        objects.withLock { $0[key]?.count }.map { ObjectInfo(key: key, size: Int64($0), modified: .now()) }
    }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
        let all = objects.withLock { $0.map { ObjectInfo(key: $0.key, size: Int64($0.value.count), modified: .now()) } }
            .filter { info in info.key.description.hasPrefix(prefix) && after.map { $0 < info.key } ?? true }
            .sorted { $0.key < $1.key }
        return ObjectPage(objects: Array(all.prefix(limit)), hasMore: all.count > limit)
    }

    func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) {
        objects.withLock { objects in for key in keys { objects[key] = nil } }
    }

    func close() async {}

    private final class Upload: ObjectUpload {
        private let store: ShelfStore
        private let key: ObjectKey
        private let condition: WriteCondition
        private let bytes = Mutex<[UInt8]>([])

        init(store: ShelfStore, key: ObjectKey, condition: WriteCondition) {
            self.store = store
            self.key = key
            self.condition = condition
        }

        func write(_ more: [UInt8]) async throws(ObjectStoreError) { bytes.withLock { $0 += more } }

        func finish() async throws(ObjectStoreError) -> ObjectInfo {
            try await store.put(bytes.withLock { $0 }, at: key, when: condition)
        }

        func abandon() async { bytes.withLock { $0 = [] } }
    }

    private final class Download: ObjectDownload {
        let size: Int64
        private let rest: Mutex<ArraySlice<UInt8>>

        init(_ bytes: [UInt8]) {
            size = Int64(bytes.count)
            rest = Mutex(bytes[...])
        }

        func next() async throws(ObjectStoreError) -> [UInt8]? {
            rest.withLock { rest in
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(1 << 20) }
                return Array(rest.prefix(1 << 20))
            }
        }

        func close() async {}
    }
}
