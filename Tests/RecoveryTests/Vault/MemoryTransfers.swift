// SPDX-License-Identifier: Apache-2.0
// Martlet: objects on their way into and out of a store in memory.

import ObjectStore
import Synchronization

/// Collects bytes; the object is there when it is finished.
final class MemoryUpload: ObjectUpload {
    private let key: ObjectKey
    private let condition: WriteCondition
    private let store: MemoryStore
    private let bytes = Mutex<[UInt8]>([])

    init(_ key: ObjectKey, _ condition: WriteCondition, in store: MemoryStore) {
        self.key = key
        self.condition = condition
        self.store = store
    }

    func write(_ part: [UInt8]) async throws(ObjectStoreError) {
        await store.beforeWrite()
        try store.operate(key) { _ in bytes.withLock { $0 += part } }
    }

    func finish() async throws(ObjectStoreError) -> ObjectInfo {
        try await store.put(bytes.withLock { $0 }, at: key, when: condition)
    }

    func abandon() async {}
}

/// Hands bytes out in pieces of odd sizes.
final class MemoryDownload: ObjectDownload {
    private static let piece = 10_007
    private let rest: Mutex<ArraySlice<UInt8>>
    let size: Int64

    init(_ bytes: [UInt8]) {
        size = Int64(bytes.count)
        rest = Mutex(bytes[...])
    }

    func next() async throws(ObjectStoreError) -> [UInt8]? {
        rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(Self.piece) }
            return Array(rest.prefix(Self.piece))
        }
    }

    func close() async {}
}
