// SPDX-License-Identifier: Apache-2.0
// Martlet: writing to several stores.
internal import Logging

extension MirroredStore {
    /// Writes a small object to all stores.
    @discardableResult
    public func put(
        _ bytes: [UInt8],
        at key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> ObjectInfo {
        try await write(stores, key, condition) { (store) throws(ObjectStoreError) in
            try await store.put(bytes, at: key, when: condition)
        }
    }

    /// Begins an object in all stores.
    public func upload(
        to key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> any ObjectUpload {
        let begun = await onEach(stores) { (store) throws(ObjectStoreError) in
            try await store.upload(to: key, when: condition)
        }
        let upload = MirroredUpload(self, key, condition, Array(zip(stores, begun)))
        try await upload.checkEnough()
        return upload
    }

    /// Removes objects from all stores.
    public func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) {
        let results = await onEach(stores) { (store) throws(ObjectStoreError) in try await store.remove(keys) }
        let errors = results.compactMap(\.failure)
        guard errors.isEmpty else { throw error(errors, keys.first, "not removed everywhere") }
    }

    /// Sweeps all stores.
    public func sweep(olderThan age: Duration) async throws(ObjectStoreError) -> Int {
        let results = await onEach(stores) { (store) throws(ObjectStoreError) in try await store.sweep(olderThan: age) }
        let errors = results.compactMap(\.failure)
        guard errors.isEmpty else { throw error(errors, nil, "not swept everywhere") }
        return results.compactMap { try? $0.get() }.reduce(0, +)
    }

    /// Makes an object visible in stores: one decides on `.absent`, the others follow.
    func write(
        _ stores: [any ObjectStore],
        _ key: ObjectKey,
        _ condition: WriteCondition,
        failed: [ObjectStoreError] = [],
        _ body: @escaping @Sendable (any ObjectStore) async throws(ObjectStoreError) -> ObjectInfo
    ) async throws(ObjectStoreError) -> ObjectInfo {
        var written: [(store: any ObjectStore, info: ObjectInfo)] = []
        var errors = failed
        var rest = stores[...]
        while condition == .absent, written.isEmpty, let first = rest.popFirst() {
            do throws(ObjectStoreError) { written.append((first, try await body(first))) } catch {
                guard error.code != .exists else { throw error.at(place) }
                errors.append(error)
                // Nobody can win any more without the stores that failed.
                guard self.stores.count - errors.count >= required else { break }
            }
        }
        if condition == .always || !written.isEmpty {
            for (store, result) in zip(rest, await onEach(Array(rest), body)) {
                switch result {
                case .success(let info): written.append((store, info))
                case .failure(let error): errors.append(error)
                }
            }
        }
        guard written.count >= required, let info = written.first?.info else {
            // What was there before `.always` can't be brought back, but what was absent can be absent again.
            if condition == .absent { _ = await onEach(written.map(\.store)) { try? await $0.remove([key]) } }
            throw error(
                errors,
                key,
                "written to \(written.count) of \(self.stores.count) stores, \(required) are needed"
            )
        }
        for error in errors {
            logger.warning(
                "a store lacks an object until it is repaired",
                metadata: ["store": "\(error.place)", "object": "\(key)", "error": "\(error.message)"]
            )
        }
        return info
    }
}

extension ObjectStoreError {
    /// The same as said by another store.
    func at(_ place: String) -> ObjectStoreError {
        ObjectStoreError(code, message, key: key, place: place, cause: self)
    }
}

extension Result {
    /// The error, if it is one.
    var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
