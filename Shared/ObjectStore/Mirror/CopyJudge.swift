// SPDX-License-Identifier: Apache-2.0
// Martlet: who says which of several copies is the right one.

/// Knows what objects hold; a store doesn't, and sees only that copies differ.
public protocol CopyJudge: Sendable {
    /// Whether all copies of an object should be the same; false for what is written again and again.
    func expectsSame(_ key: ObjectKey) -> Bool

    /// Whether a store's copy is what was stored.
    /// - Parameter sum: The 32 bytes of its SHA-256, for which it was read just now.
    /// - Throws: When it can't be read.
    func isSound(_ key: ObjectKey, sum: [UInt8], in store: any ObjectStore) async throws(ObjectStoreError) -> Bool
}
