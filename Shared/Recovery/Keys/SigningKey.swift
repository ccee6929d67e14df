// SPDX-License-Identifier: Apache-2.0
// Martlet: the key that signs exports.
internal import Crypto
internal import FoundationEssentials

/// An Ed25519 key with an id; it is never shown, its public half (``trusted``) is.
public struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The name by which exports say who signed them.
    public let id: String
    private let secret: Curve25519.Signing.PrivateKey

    /// Reads `id:base64`; nil if it is none.
    public init?(parsing text: some StringProtocol) {
        guard let line = KeyLine(parsing: text),
            let secret = try? Curve25519.Signing.PrivateKey(rawRepresentation: line.bytes)
        else { return nil }
        (id, self.secret) = (line.id, secret)
    }

    /// The form of a key, for people.
    public static let allowed = "id:base64 as `martlet-backup keys signing ID` makes it"

    /// A new random key as the line that ``init(parsing:)`` reads; nil if the id is wrong.
    public static func generate(id: String) -> String? {
        KeyLine(id: id, bytes: Array(Curve25519.Signing.PrivateKey().rawRepresentation))?.description
    }

    /// What others need to check signatures.
    public var trusted: TrustedKey { TrustedKey(id: id, key: secret.publicKey) }

    func signature(of bytes: [UInt8]) throws(RecoveryError) -> [UInt8] {
        do { return Array(try secret.signature(for: bytes)) } catch {
            throw RecoveryError(.internal, "the export can't be signed", cause: error)
        }
    }

    /// The public half.
    public var description: String { "\(trusted)" }
    /// Shows no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
