// SPDX-License-Identifier: Apache-2.0
// Martlet: bringing stores to the same contents.
internal import Crypto

extension MirroredStore {
    /// Copies what is absent in a store from one that has it; overwrites and removes nothing, and may be repeated.
    ///
    /// - Throws: What keeps a store from being listed; without all lists nothing can be said. Single copies that fail are
    ///   in the report.
    public func repair(prefix: String = "") async throws(ObjectStoreError) -> RepairReport {
        try await repair(prefix: prefix, page: 1000)
    }

    func repair(prefix: String, page: Int) async throws(ObjectStoreError) -> RepairReport {
        var report = RepairReport()
        try await eachObject(prefix, page: page) { (key, infos) throws(ObjectStoreError) in
            try await repair(key, infos, &report)
        }
        return report
    }

    /// Lends each name that any store has, in order, with what each of them says of it.
    func eachObject(
        _ prefix: String,
        page: Int,
        _ body: (ObjectKey, [ObjectInfo?]) async throws(ObjectStoreError) -> Void
    ) async throws(ObjectStoreError) {
        var after: ObjectKey?
        repeat {
            let from = after
            let results = await onEach(stores) { (store) throws(ObjectStoreError) in
                try await store.list(prefix: prefix, after: from, limit: page)
            }
            let pages = results.compactMap { try? $0.get() }
            guard pages.count == stores.count else {
                throw error(results.compactMap(\.failure), nil, "not repaired: a store can't be listed")
            }
            // Names up to the end of the shortest page are known of all stores.
            let end = pages.filter(\.hasMore).compactMap { $0.objects.last?.key }.min()
            let known = pages.map { page in
                Dictionary(page.objects.map { ($0.key, $0) }) { first, _ in first }
            }
            let keys = Set(known.flatMap(\.keys)).filter { key in end.map { key <= $0 } ?? true }.sorted()
            for key in keys { try await body(key, known.map { $0[key] }) }
            after = end
        } while after != nil
    }

    private func repair(
        _ key: ObjectKey,
        _ infos: [ObjectInfo?],
        _ report: inout RepairReport
    ) async throws(ObjectStoreError) {
        if Set(infos.compactMap { $0?.size }).count > 1 { report.differs(key) }
        guard let source = infos.firstIndex(where: { $0 != nil }) else { return }
        for (index, info) in infos.enumerated() where info == nil {
            do throws(ObjectStoreError) {
                report.bytes += try await copy(key, from: stores[source], to: stores[index], when: .absent)
                report.copied += 1
            } catch {
                guard error.code != .cancelled else { throw error }
                // Removed, or written by somebody else, since it was listed.
                guard error.code != .exists, error.code != .notFound else { continue }
                report.failed(error)
            }
        }
    }

    /// Copies an object.
    /// - Parameter sum: What it must come to; nil: whatever the source gives.
    func copy(
        _ key: ObjectKey,
        from source: any ObjectStore,
        to target: any ObjectStore,
        when condition: WriteCondition,
        sum: PayloadDigest? = nil
    ) async throws(ObjectStoreError) -> Int64 {
        let download = try await source.download(key, range: nil)
        let upload = try await target.upload(to: key, when: condition)
        var hasher = SHA256()
        do throws(ObjectStoreError) {
            while let bytes = try await download.next() {
                if sum != nil { hasher.update(data: bytes) }
                try await upload.write(bytes)
            }
            if let sum, PayloadDigest(hasher) != sum {
                throw ObjectStoreError(.damaged, "it changed while it was copied", key: key, place: source.place)
            }
            await download.close()
            return try await upload.finish().size
        } catch {
            await download.close()
            await upload.abandon()
            throw error
        }
    }
}
