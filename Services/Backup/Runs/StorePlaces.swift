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

    /// Opens them; an order of preference for reading. One that is away is opened later, when enough are there.
    func open(_ logger: Logger) async throws(ObjectStoreError) -> any ObjectStore {
        try await StoreAddress.open(addresses, required: required, logger: logger)
    }
}
