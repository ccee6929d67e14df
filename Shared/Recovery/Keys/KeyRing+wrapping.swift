// SPDX-License-Identifier: Apache-2.0
// Martlet: the key ring as what wraps data keys.

extension KeyRing: KeyWrapping {
    func wrap(_ key: DataKey, for owner: KeyOwner) async throws(RecoveryError) -> WrappedKey {
        if let service { return try await ServiceWrapping(service: service).wrap(key, for: owner) }
        return try await RingWrapping(ring: self).wrap(key, for: owner)
    }

    func unwrap(_ wrapped: WrappedKey, for owner: KeyOwner) async throws(RecoveryError) -> DataKey {
        switch wrapped.method {
        case .ring: return try await RingWrapping(ring: self).unwrap(wrapped, for: owner)
        case .service:
            guard let service else {
                throw RecoveryError(.wrongKey, "the key service \(wrapped.key) is needed; there is \(self)")
            }
            return try await ServiceWrapping(service: service).unwrap(wrapped, for: owner)
        }
    }
}
