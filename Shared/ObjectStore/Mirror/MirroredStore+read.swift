// SPDX-License-Identifier: Apache-2.0
// Martlet: reading from the first of several stores that can.

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
        let found = try await firstOf(stores, key) { (store) throws(ObjectStoreError) in
            try await store.download(key, range: range)
        }
        return MirroredDownload(self, key, start: range?.lowerBound ?? 0, found)
    }

    /// What the first store that knows an object says of it; nil if there is none.
    public func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? {
        do throws(ObjectStoreError) {
            return try await firstOf(stores, key) { (store) throws(ObjectStoreError) in
                guard let info = try await store.info(key) else {
                    throw ObjectStoreError(.notFound, "there is no such object", key: key, place: store.place)
                }
                return info
            }.value
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// What any store holds, by name; a store that is away is left out as long as one answers.
    public func list(
        prefix: String,
        after: ObjectKey?,
        limit: Int
    ) async throws(ObjectStoreError) -> ObjectPage {
        let limit = min(max(limit, 1), 1000)
        // Strictly taken, a slow store is not left out.
        var results = isStrict ? [] : await listings(within: clock.limit(Self.listingPatience), prefix, after, limit)
        if !results.contains(where: { $0.failure == nil }) {
            results = await listings(within: nil, prefix, after, limit)
        }
        let pages = results.compactMap { try? $0.get() }
        let errors = results.compactMap(\.failure)
        guard !pages.isEmpty, errors.allSatisfy(\.allowsAnother), errors.isEmpty || !isStrict else {
            throw error(errors, nil, "not listed")
        }
        for error in errors { tell(error, "a listing lacks what only one store may hold") }
        // Each page holds its store's first names, so the first ones of all are among them.
        var seen: Set<ObjectKey> = []
        let merged = pages.flatMap(\.objects).filter { seen.insert($0.key).inserted }.sorted { $0.key < $1.key }
        return ObjectPage(
            objects: Array(merged.prefix(limit)),
            hasMore: merged.count > limit || pages.contains(where: \.hasMore)
        )
    }

    /// Each store's page; without a limit every store is asked, and waited for.
    private func listings(
        within limit: MirrorClock.Limit?,
        _ prefix: String,
        _ after: ObjectKey?,
        _ count: Int
    ) async -> [Result<ObjectPage, ObjectStoreError>] {
        await onEach(stores) { [self] (store) throws(ObjectStoreError) in
            let gate = self.gate(store)
            let page = await gate.call(gate.calls, isNeeded: limit == nil, within: limit) {
                () throws(ObjectStoreError) in
                try await store.list(prefix: prefix, after: after, limit: count)
            }
            guard let page else { throw refusal(store) }
            return try page.get()
        }
    }

    /// Asks stores in order until one gives an answer; those that are away or too slow come last.
    func firstOf<Value: Sendable>(
        _ stores: [any ObjectStore],
        _ key: ObjectKey,
        _ body: @escaping @Sendable (any ObjectStore) async throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Found<Value> {
        var errors: [ObjectStoreError] = []
        var late: [any ObjectStore] = []
        for (index, store) in stores.enumerated() {
            let others = stores[(index + 1)...]
            let (gate, limit) = (self.gate(store), others.isEmpty ? nil : clock.limit(Self.patience))
            let result = await gate.call(gate.reads, isNeeded: false, within: limit) { () throws(ObjectStoreError) in
                try await body(store)
            }
            switch result {
            case .success(let value)?: return Found(value: value, store: store, others: others + late)
            case .failure(let error)? where !error.allowsAnother: throw error
            case .failure(let error)?: errors.append(error)
            case nil: late.append(store)
            }
        }
        // One that is only slow may have it; those that are away need not be waited for where enough have answered.
        late = late.filter { gate($0).isThere } + late.filter { !gate($0).isThere }
        for (index, store) in late.enumerated() {
            let gate = self.gate(store)
            if !gate.isThere, isAbsent(errors) { break }
            let result = await gate.call(gate.reads, isNeeded: true) { () throws(ObjectStoreError) in
                try await body(store)
            }
            switch result {
            case .success(let value)?: return Found(value: value, store: store, others: Array(late[(index + 1)...]))
            case .failure(let error)? where !error.allowsAnother: throw error
            case .failure(let error)?: errors.append(error)
            case nil: errors.append(refusal(store, key))
            }
        }
        guard !isAbsent(errors) else {
            throw self.error(errors.filter { $0.code == .notFound }, key, "no store has it")
        }
        throw self.error(errors, key, "no store gives it")
    }

    /// Whether enough stores say that there is no such object, and the others say nothing of it.
    private func isAbsent(_ errors: [ObjectStoreError]) -> Bool {
        errors.count { $0.code == .notFound } >= required
            && errors.allSatisfy { $0.code == .notFound || $0.code == .denied || $0.code.isAway }
    }

    /// What a store gave.
    struct Found<Value: Sendable>: Sendable {
        let value: Value
        let store: any ObjectStore
        /// Those that were not asked, or did not answer in time.
        let others: [any ObjectStore]
    }
}

extension ObjectStoreError {
    /// Whether another store may do better.
    var allowsAnother: Bool { code != .cancelled }
}
