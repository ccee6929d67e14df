// SPDX-License-Identifier: Apache-2.0
// Martlet: a store that could not be opened, and is tried again.

internal import Synchronization

/// Opens a store at the first call that finds it there; a disk that is mounted later is used from then on.
final class LateStore: ObjectStore {
    let place: String
    private let open: @Sendable () async throws(ObjectStoreError) -> any ObjectStore
    private let opened = Mutex<(any ObjectStore)?>(nil)

    init(_ place: String, _ open: @escaping @Sendable () async throws(ObjectStoreError) -> any ObjectStore) {
        self.place = place
        self.open = open
    }

    private func store() async throws(ObjectStoreError) -> any ObjectStore {
        if let store = opened.withLock({ $0 }) { return store }
        let new = try await open()
        let kept = opened.withLock { store -> (any ObjectStore) in
            let kept = store ?? new
            store = kept
            return kept
        }
        // Another call was faster.
        if (kept as AnyObject) !== (new as AnyObject) { await new.close() }
        return kept
    }

    @discardableResult
    func put(
        _ bytes: [UInt8],
        at key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> ObjectInfo {
        try await store().put(bytes, at: key, when: condition)
    }

    func upload(to key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError) -> any ObjectUpload {
        try await store().upload(to: key, when: condition)
    }

    func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        try await store().get(key, limit: limit)
    }

    func download(_ key: ObjectKey, range: Range<Int64>?) async throws(ObjectStoreError) -> any ObjectDownload {
        try await store().download(key, range: range)
    }

    func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? { try await store().info(key) }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
        try await store().list(prefix: prefix, after: after, limit: limit)
    }

    func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) { try await store().remove(keys) }

    func sweep(olderThan age: Duration) async throws(ObjectStoreError) -> Int {
        try await store().sweep(olderThan: age)
    }

    func close() async { await opened.withLock { $0 }?.close() }
}
