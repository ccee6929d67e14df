// SPDX-License-Identifier: Apache-2.0
// Martlet: writing to several stores.

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
        let begun = await onEach(stores) { [self] (store) throws(ObjectStoreError) in
            // A bucket hears of an upload only with its first bytes, so beginning one proves nothing, and opens no gate.
            guard gate(store).isThere || isNeeded(store, of: stores) else { throw refusal(store, key) }
            do throws(ObjectStoreError) { return try await store.upload(to: key, when: condition) } catch {
                gate(store).note(error)
                throw error
            }
        }
        let upload = MirroredUpload(self, key, condition, Array(zip(stores, begun)))
        try await upload.checkEnough()
        return upload
    }

    /// Removes objects from all stores; what one that is away keeps, the next removal takes.
    public func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) {
        try await onEnough(keys.first, "not removed everywhere") { (store) throws(ObjectStoreError) in
            try await store.remove(keys)
        }
    }

    /// Sweeps all stores.
    public func sweep(olderThan age: Duration) async throws(ObjectStoreError) -> Int {
        try await onEnough(nil, "not swept everywhere") { (store) throws(ObjectStoreError) in
            try await store.sweep(olderThan: age)
        }.reduce(0, +)
    }

    /// Does something in all stores; those that are away don't count when enough are there.
    @discardableResult
    private func onEnough<Value: Sendable>(
        _ key: ObjectKey?,
        _ failure: String,
        _ body: @escaping @Sendable (any ObjectStore) async throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> [Value] {
        let results = await onEach(stores) { [self] (store) throws(ObjectStoreError) in
            try await call(store, of: stores, key) { () throws(ObjectStoreError) in try await body(store) }
        }
        let (done, errors) = (results.compactMap { try? $0.get() }, results.compactMap(\.failure))
        guard done.count >= required, errors.allSatisfy(\.code.isAway) else { throw error(errors, key, failure) }
        return done
    }

    /// Calls one of some stores; one that is away is left out where the others suffice.
    private func call<Value: Sendable>(
        _ store: any ObjectStore,
        of stores: [any ObjectStore],
        _ key: ObjectKey?,
        _ body: @escaping @Sendable () async throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        let gate = self.gate(store)
        let result = await gate.call(gate.calls, isNeeded: isNeeded(store, of: stores), body)
        guard let result else { throw refusal(store, key) }
        return try result.get()
    }

    /// Whether too few would be left without a store.
    private func isNeeded(_ store: any ObjectStore, of stores: [any ObjectStore]) -> Bool {
        stores.count { $0.place != store.place && gate($0).isThere } < required
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
        let attempt: @Sendable (any ObjectStore) async throws(ObjectStoreError) -> ObjectInfo = {
            [self] (store) throws(ObjectStoreError) in
            try await call(store, of: stores, key) { () throws(ObjectStoreError) in try await body(store) }
        }
        while condition == .absent, written.isEmpty, let first = rest.popFirst() {
            do throws(ObjectStoreError) { written.append((first, try await attempt(first))) } catch {
                guard error.code != .exists else { throw error.at(place) }
                errors.append(error)
                // Nobody can win any more without the stores that failed.
                guard self.stores.count - errors.count >= required else { break }
            }
        }
        if condition == .always || !written.isEmpty {
            for (store, result) in zip(rest, await onEach(Array(rest), attempt)) {
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
        for error in errors { tell(error, "a store lacks an object until it is repaired") }
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
