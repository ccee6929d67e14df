// SPDX-License-Identifier: Apache-2.0
// Martlet: wraps data keys by a key service.

/// KMS: the wrapping key never leaves the service.
struct ServiceWrapping: KeyWrapping {
    let service: any KeyService

    func wrap(_ key: DataKey, for owner: KeyOwner) async throws(RecoveryError) -> WrappedKey {
        let sealed = try await service.encrypt(key.bytes, context: owner.context)
        return WrappedKey(method: .service, key: service.name, fingerprint: "", wrapped: sealed.hex)
    }

    func unwrap(_ wrapped: WrappedKey, for owner: KeyOwner) async throws(RecoveryError) -> DataKey {
        let damaged = RecoveryError(.damaged, "the wrapped data key is damaged, or is another backup's")
        guard let sealed = [UInt8](hex: wrapped.wrapped) else { throw damaged }
        guard let key = DataKey(bytes: try await service.decrypt(sealed, context: owner.context)) else { throw damaged }
        return key
    }
}
