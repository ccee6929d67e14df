// SPDX-License-Identifier: Apache-2.0
// Martlet: opens the stores that the settings name.

internal import ObjectStore

/// The stores of a process.
enum StorePlaces {
    /// What `MARTLET_BACKUP_STORES` may be.
    static let allowed = "one or more addresses of folders, such as file:///var/backups/martlet"

    /// Opens them as one.
    /// - Throws: `.configuration` for an address that is none, and what the store says.
    static func open(_ addresses: [String]) async throws(ObjectStoreError) -> any ObjectStore {
        guard let address = addresses.first, addresses.count == 1, address.hasPrefix("file://") else {
            throw ObjectStoreError(.configuration, "the address is not \(allowed)", place: "MARTLET_BACKUP_STORES")
        }
        return try await DirectoryStore(folder: String(address.dropFirst(7)))
    }
}
