// SPDX-License-Identifier: Apache-2.0
// Martlet: reading from the first of several stores that can.

internal import Logging

extension MirroredStore {
    /// Reads a small object from the first store that can.
    public func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        try await firstOf(stores, key) { (store) throws(ObjectStoreError) in try await store.get(key, limit: limit) }
            .value
    }

    /// Begins to read an object; a store that fails in its midst is replaced by the next one.
    public func download(
        _ key: ObjectKey,
        range: Range<Int64>?
    ) async throws(ObjectStoreError) -> any ObjectDownload {
        let (download, index) = try await firstOf(stores, key) { (store) throws(ObjectStoreError) in
            try await store.download(key, range: range)
        }
        let start = range?.lowerBound ?? 0
        return MirroredDownload(self, key, start: start, download, others: Array(stores[(index + 1)...]))
    }

    /// What the first store that knows an object says of it; nil if all say that there is none.
    public func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? {
        var errors: [ObjectStoreError] = []
        for store in stores {
            do throws(ObjectStoreError) { if let info = try await store.info(key) { return info } } catch {
                guard error.allowsAnother else { throw error }
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw error(errors, key, "no store could tell") }
        return nil
    }

    /// What any store holds, by name; a store that is away is left out as long as one answers.
    public func list(
        prefix: String,
        after: ObjectKey?,
        limit: Int
    ) async throws(ObjectStoreError) -> ObjectPage {
        let limit = min(max(limit, 1), 1000)
        let results = await onEach(stores) { (store) throws(ObjectStoreError) in
            try await store.list(prefix: prefix, after: after, limit: limit)
        }
        let pages = results.compactMap { try? $0.get() }
        let errors = results.compactMap(\.failure)
        guard !pages.isEmpty, errors.allSatisfy(\.allowsAnother) else { throw error(errors, nil, "not listed") }
        for error in errors {
            logger.warning(
                "a listing lacks what only one store may hold",
                metadata: ["store": "\(error.place)", "error": "\(error.message)"]
            )
        }
        // Each page holds its store's first names, so the first ones of all are among them.
        var seen: Set<ObjectKey> = []
        let merged = pages.flatMap(\.objects).filter { seen.insert($0.key).inserted }.sorted { $0.key < $1.key }
        return ObjectPage(
            objects: Array(merged.prefix(limit)),
            hasMore: merged.count > limit || pages.contains(where: \.hasMore)
        )
    }

    /// Asks stores in order until one gives an answer, and says which.
    func firstOf<Value>(
        _ stores: [any ObjectStore],
        _ key: ObjectKey,
        _ body: (any ObjectStore) async throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> (value: Value, index: Int) {
        var errors: [ObjectStoreError] = []
        for (index, store) in stores.enumerated() {
            do throws(ObjectStoreError) { return (try await body(store), index) } catch {
                guard error.allowsAnother else { throw error }
                errors.append(error)
            }
        }
        throw error(errors, key, "no store gives it")
    }
}

extension ObjectStoreError {
    /// Whether another store may do better.
    var allowsAnother: Bool { code == .unavailable || code == .damaged || code == .notFound }
}
