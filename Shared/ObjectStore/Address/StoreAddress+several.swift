// SPDX-License-Identifier: Apache-2.0
// Martlet: several addresses as one store.

public import Logging

extension StoreAddress {
    /// Opens several stores as one (``MirroredStore``), or the one.
    ///
    /// Of several, one that is away is opened by a later call that finds it there, as long as `required` of them are there.
    /// - Parameter required: How many of them a write must reach; nil for all.
    /// - Throws: `.unavailable` with each place that is away when fewer are there; `.configuration`.
    public static func open(
        _ addresses: [StoreAddress],
        required: Int? = nil,
        credentials: (any AWSCredentialProvider)? = nil,
        logger: Logger = Logger(label: "martlet.store")
    ) async throws(ObjectStoreError) -> any ObjectStore {
        var stores: [any ObjectStore] = []
        var away: [ObjectStoreError] = []
        do throws(ObjectStoreError) {
            for address in addresses {
                do throws(ObjectStoreError) { stores.append(try await address.open(credentials: credentials)) } catch {
                    guard addresses.count > 1, error.code != .configuration, error.code != .cancelled else {
                        throw error
                    }
                    away.append(error)
                    stores.append(
                        LateStore(address.place) { () throws(ObjectStoreError) in
                            try await address.open(credentials: credentials)
                        }
                    )
                }
            }
            if stores.count == 1, required ?? 1 == 1 { return stores[0] }
            let mirror = try MirroredStore(stores, required: required, logger: logger)
            let there = stores.count - away.count
            guard there >= mirror.required else {
                throw mirror.error(
                    away,
                    nil,
                    "\(there) of \(stores.count) stores are there, \(mirror.required) are needed"
                )
            }
            for error in away {
                logger.warning(
                    "a store is away, and the others are worked with; `martlet-backup repair` copies what it lacks later",
                    metadata: ["store": "\(error.place)", "error": "\(error.message)"]
                )
            }
            return mirror
        } catch {
            for store in stores { await store.close() }
            throw error
        }
    }
}
