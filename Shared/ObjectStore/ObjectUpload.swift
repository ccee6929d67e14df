// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way into a store.

/// Writes one object; its owner calls one operation at a time and ends with `finish` or `abandon`.
public protocol ObjectUpload: Sendable {
    /// Adds bytes, 1 B to 16 MiB a call; waits while too much is under way.
    func write(_ bytes: [UInt8]) async throws(ObjectStoreError)

    /// Makes the object visible, whole and durable.
    func finish() async throws(ObjectStoreError) -> ObjectInfo

    /// Leaves nothing behind; also after a failure, and more than once.
    func abandon() async
}
