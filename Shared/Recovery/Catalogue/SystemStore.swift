// SPDX-License-Identifier: Apache-2.0
// Martlet: one database system's part of a store, with this module's errors.
internal import ObjectStore

/// A store as the catalogue, retention and the lease use it: small objects and lists.
struct SystemStore: Sendable {
    let store: any ObjectStore
    let layout: StoreLayout

    init(_ system: SystemID, in store: any ObjectStore) {
        self.store = store
        layout = StoreLayout(system)
    }

    @discardableResult
    func put(_ bytes: [UInt8], at key: ObjectKey, when condition: WriteCondition) async throws(RecoveryError)
        -> ObjectInfo
    {
        do throws(ObjectStoreError) { return try await store.put(bytes, at: key, when: condition) } catch {
            throw RecoveryError(error)
        }
    }

    /// Puts unless the name is taken; false when it is.
    func create(_ bytes: [UInt8], at key: ObjectKey) async throws(RecoveryError) -> Bool {
        do throws(ObjectStoreError) {
            try await store.put(bytes, at: key, when: .absent)
            return true
        } catch {
            guard error.code == .exists else { throw RecoveryError(error) }
            return false
        }
    }

    /// Nil when there is no such object.
    func get(_ key: ObjectKey, limit: Int) async throws(RecoveryError) -> [UInt8]? {
        do throws(ObjectStoreError) { return try await store.get(key, limit: limit) } catch {
            guard error.code == .notFound else { throw RecoveryError(error) }
            return nil
        }
    }

    func info(_ key: ObjectKey) async throws(RecoveryError) -> ObjectInfo? {
        do throws(ObjectStoreError) { return try await store.info(key) } catch { throw RecoveryError(error) }
    }

    func page(_ prefix: String, after: ObjectKey? = nil, limit: Int = 1000) async throws(RecoveryError) -> ObjectPage {
        do throws(ObjectStoreError) {
            return try await store.list(prefix: prefix, after: after, limit: limit)
        } catch {
            throw RecoveryError(error)
        }
    }

    /// Lends all objects with a prefix, page by page.
    func each(_ prefix: String, _ body: ([ObjectInfo]) async throws(RecoveryError) -> Void) async throws(RecoveryError)
    {
        var after: ObjectKey?
        while true {
            let page = try await page(prefix, after: after)
            guard let last = page.objects.last else { return }
            try await body(page.objects)
            guard page.hasMore else { return }
            after = last.key
        }
    }

    /// Removes at most 1,000 objects.
    func remove(_ keys: [ObjectKey]) async throws(RecoveryError) {
        do throws(ObjectStoreError) { try await store.remove(keys) } catch { throw RecoveryError(error) }
    }
}
