// SPDX-License-Identifier: Apache-2.0
// Martlet: the time by a store's own clock, by which leases and marks are judged.
internal import ObjectStore
internal import Platform

extension SystemStore {
    /// The time by the store's clock, or earlier: that of an object written just now.
    /// - Parameters:
    ///   - token: Keeps several askers apart.
    ///   - kind: Beside which lease the object is written; what a killed asker left is removed with its generations.
    /// - Throws: `.store`, also when it can't be written.
    func time(_ token: String, _ kind: LeaseKind = .change) async throws(RecoveryError) -> Timestamp {
        let key = layout.leaseProbe(token, kind)
        let time = try await put([], at: key, when: .always).modified
        try await remove([key])
        return time
    }
}
