// SPDX-License-Identifier: Apache-2.0
// Martlet: wraps and unwraps data keys.

/// Something that wraps data keys; what it wraps for one owner can't be passed off as another's.
protocol KeyWrapping: Sendable {
    /// Wraps a key.
    func wrap(_ key: DataKey, for owner: KeyOwner) async throws(RecoveryError) -> WrappedKey
    /// Unwraps a key.
    /// - Throws: `.wrongKey`, `.damaged`; `.store` when a service can't be reached.
    func unwrap(_ wrapped: WrappedKey, for owner: KeyOwner) async throws(RecoveryError) -> DataKey
}
