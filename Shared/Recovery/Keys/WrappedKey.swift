// SPDX-License-Identifier: Apache-2.0
// Martlet: a data key that only the right key opens.

/// A wrapped data key as a backup's head holds it.
struct WrappedKey: Hashable, Sendable, Codable {
    /// Who wrapped it.
    enum Method: String, Codable {
        /// A key of the ring, by AES-256-GCM.
        case ring
        /// The key service.
        case service
    }

    let method: Method
    /// The ring key's id, or the service's name.
    let key: String
    /// The ring key's fingerprint; empty for a service.
    let fingerprint: String
    /// The wrapped bytes in hexadecimal digits.
    let wrapped: String
}
