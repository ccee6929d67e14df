// SPDX-License-Identifier: Apache-2.0
// Martlet: the stores that the settings name, as one.

internal import Logging
internal import ObjectStore

/// One store, or several that hold the same.
struct StorePlaces: Sendable {
    /// What `MARTLET_BACKUP_STORES` may be.
    static let allowed = "addresses such as file:///var/backups/martlet or s3://bucket/prefix?region=eu-central-1"

    /// Where they are.
    let addresses: [StoreAddress]
    /// How many of them must take a write; nil is all.
    let required: Int?

    /// Opens them; an order of preference for reading.
    func open(_ logger: Logger) async throws(ObjectStoreError) -> any ObjectStore {
        var stores: [any ObjectStore] = []
        do throws(ObjectStoreError) {
            for address in addresses { stores.append(try await address.open()) }
            guard let only = stores.first, stores.count == 1 else {
                return try MirroredStore(stores, required: required, logger: logger)
            }
            return only
        } catch {
            for store in stores { await store.close() }
            throw error
        }
    }
}
