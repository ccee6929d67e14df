// SPDX-License-Identifier: Apache-2.0
// Martlet: a service that wraps keys and never gives its own away.

/// AWS KMS, or whatever else can encrypt and decrypt 32 bytes within a context.
///
/// Both calls end within the service's own deadlines.
public protocol KeyService: Sendable {
    /// What people call the key: an ARN or an alias.
    var name: String { get }

    /// Encrypts; the same context is needed to decrypt.
    /// - Throws: `.wrongKey` when the service refuses, `.store` when it can't be reached.
    func encrypt(_ plain: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8]

    /// Decrypts.
    /// - Throws: `.wrongKey` when the service refuses, `.store` when it can't be reached.
    func decrypt(_ sealed: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8]
}
