// SPDX-License-Identifier: Apache-2.0
// Martlet: wraps data keys by a key of the ring.
internal import Crypto
internal import FoundationEssentials

/// AES-256-GCM with a random nonce, by the current key; any key unwraps.
struct RingWrapping: KeyWrapping {
    let ring: KeyRing

    func wrap(_ key: DataKey, for owner: KeyOwner) async throws(RecoveryError) -> WrappedKey {
        guard let current = ring.keys.first else { throw RecoveryError(.request, "the key ring has no key") }
        let sealed: Data?
        do {
            sealed = try AES.GCM.seal(key.bytes, using: current.secret, authenticating: owner.bytes).combined
        } catch {
            throw RecoveryError(.internal, "a data key can't be wrapped", cause: error)
        }
        guard let sealed else { throw RecoveryError(.internal, "a data key can't be wrapped") }
        return WrappedKey(
            method: .ring,
            key: current.id,
            fingerprint: current.fingerprint,
            wrapped: Array(sealed).hex
        )
    }

    func unwrap(_ wrapped: WrappedKey, for owner: KeyOwner) async throws(RecoveryError) -> DataKey {
        let key = try ring.key(wrapped.key, fingerprint: wrapped.fingerprint)
        let damaged = RecoveryError(.damaged, "the wrapped data key is damaged, or is another backup's")
        guard let sealed = [UInt8](hex: wrapped.wrapped) else { throw damaged }
        let plain: Data
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            plain = try AES.GCM.open(box, using: key.secret, authenticating: owner.bytes)
        } catch {
            throw damaged
        }
        guard let unwrapped = DataKey(bytes: Array(plain)) else { throw damaged }
        return unwrapped
    }
}
