// SPDX-License-Identifier: Apache-2.0
// Martlet: AWS KMS as what wraps data keys.
internal import FoundationEssentials
public import ObjectStore
internal import Synchronization

/// Symmetric keys of AWS KMS: the first encrypts, all decrypt.
///
/// Each call names its key, so that nobody can pass off what was encrypted by a key of theirs. The encryption context
/// (system and backup) is part of what KMS authenticates, and stands in its log (CloudTrail). What was decrypted is
/// remembered as long as this object lives: a catalogue is read again and again, and each of its backups has a key.
public final class KMSKeyService: KeyService {
    /// Keys that may be named: one is current, others are being retired.
    public static let most = 8

    /// The key that encrypts.
    public let name: String
    private let keys: [String]
    private let client: AWSClient
    private let opened = Mutex<[Sealed: [UInt8]]>([:])

    /// Keys that are remembered; beyond, all are forgotten.
    private static let mostOpened = 1_000

    private struct Sealed: Hashable {
        let bytes: [UInt8]
        let context: [String: String]
    }

    /// Takes over keys (ids, ARNs or aliases, at least one) and a client, which this object closes.
    /// - Throws: `.request` without a key or with more than ``most``.
    public init(_ keys: [String], client: AWSClient) throws(RecoveryError) {
        guard let name = keys.first, keys.count <= Self.most else {
            throw RecoveryError(.request, "from 1 to \(Self.most) keys of KMS may be named, not \(keys.count)")
        }
        (self.name, self.keys, self.client) = (name, keys, client)
    }

    /// Ends the connections.
    public func close() async { await client.close() }

    private struct Encryption: Encodable {
        let KeyId: String
        let Plaintext: Data
        let EncryptionContext: [String: String]
    }

    private struct Decryption: Encodable {
        let KeyId: String
        let CiphertextBlob: Data
        let EncryptionContext: [String: String]
    }

    private struct Encrypted: Decodable { let CiphertextBlob: Data }

    private struct Decrypted: Decodable { let Plaintext: Data }

    /// Encrypts by the first key.
    public func encrypt(_ plain: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8] {
        let request = Encryption(KeyId: name, Plaintext: Data(plain), EncryptionContext: context)
        do throws(ObjectStoreError) {
            return Array(try await call("Encrypt", request, Encrypted.self).CiphertextBlob)
        } catch {
            throw trouble(error, name)
        }
    }

    /// Decrypts by whichever of the keys it is.
    /// - Throws: `.wrongKey` when KMS refuses or it was none of these keys, `.damaged`, `.store`, `.cancelled`.
    public func decrypt(_ sealed: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8] {
        let name = Sealed(bytes: sealed, context: context)
        if let plain = opened.withLock({ $0[name] }) { return plain }
        let plain = try await ask(sealed, context)
        opened.withLock { opened in
            if opened.count >= Self.mostOpened { opened.removeAll() }
            opened[name] = plain
        }
        return plain
    }

    private func ask(_ sealed: [UInt8], _ context: [String: String]) async throws(RecoveryError) -> [UInt8] {
        var refusals: [RecoveryError] = []
        for key in keys {
            let request = Decryption(KeyId: key, CiphertextBlob: Data(sealed), EncryptionContext: context)
            do throws(ObjectStoreError) {
                return Array(try await call("Decrypt", request, Decrypted.self).Plaintext)
            } catch {
                let refusal = trouble(error, key)
                guard refusal.code == .wrongKey || refusal.code == .damaged else { throw refusal }
                refusals.append(refusal)
            }
        }
        guard let first = refusals.first, refusals.count > 1 else {
            throw refusals.first ?? RecoveryError(.internal, "there is no key to ask KMS for")
        }
        let isDamaged = refusals.allSatisfy { $0.code == .damaged }
        let words = refusals.map(\.message).joined(separator: "; ")
        throw RecoveryError(isDamaged ? .damaged : .wrongKey, words, cause: first.cause)
    }

    private func call<Answer: Decodable>(
        _ action: String,
        _ request: some Encodable,
        _ answer: Answer.Type
    ) async throws(ObjectStoreError) -> Answer {
        let body: [UInt8]
        do { body = Array(try JSONEncoder().encode(request)) } catch {
            throw ObjectStoreError(.configuration, "the request can't be written", place: "KMS", cause: error)
        }
        let bytes = try await client.call(service: "kms", target: "TrentService.\(action)", body: body)
        do { return try JSONDecoder().decode(answer, from: Data(bytes)) } catch {
            throw ObjectStoreError(.unavailable, "the answer is not understood", place: "KMS", cause: error)
        }
    }

    private func trouble(_ error: ObjectStoreError, _ key: String) -> RecoveryError {
        // AWS' own word for a key that is not the one; the code is the same as for bytes that are damaged.
        let isOther = error.message.hasPrefix("IncorrectKeyException")
        return switch error.code {
        case .notFound: RecoveryError(.wrongKey, "KMS has no key \(key): \(error.message)", cause: error)
        case .denied: RecoveryError(.wrongKey, "KMS refuses the key \(key): \(error.message)", cause: error)
        case .damaged where isOther:
            RecoveryError(.wrongKey, "it was not encrypted by the key \(key): \(error.message)", cause: error)
        case .damaged:
            RecoveryError(
                .damaged,
                "KMS does not open it by the key \(key), so it is damaged or another backup's: \(error.message)",
                cause: error
            )
        case .cancelled: RecoveryError(.cancelled, error.message, cause: error)
        case .exists, .full, .tooLarge, .unavailable, .configuration:
            RecoveryError(.store, "KMS can't be asked for the key \(key): \(error.message)", cause: error)
        }
    }
}
