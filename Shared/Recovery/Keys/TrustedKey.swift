// SPDX-License-Identifier: Apache-2.0
// Martlet: a key whose signatures are believed.
internal import Crypto
internal import FoundationEssentials

/// The public half of a ``SigningKey``; not secret.
public struct TrustedKey: Sendable, Hashable, CustomStringConvertible {
    /// The id of the signing key.
    public let id: String
    private let bytes: [UInt8]

    init(id: String, key: Curve25519.Signing.PublicKey) {
        (self.id, bytes) = (id, Array(key.rawRepresentation))
    }

    /// Reads `id:base64`; nil if it is none.
    public init?(parsing text: some StringProtocol) {
        guard let line = KeyLine(parsing: text),
            (try? Curve25519.Signing.PublicKey(rawRepresentation: line.bytes)) != nil
        else { return nil }
        (id, bytes) = (line.id, line.bytes)
    }

    /// The form of a key, for people.
    public static let allowed = "id:base64 as `martlet-backup keys public` shows it"

    func isGenuine(_ signature: [UInt8], of document: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: document)
    }

    /// The line that ``init(parsing:)`` reads.
    public var description: String { "\(id):\(Data(bytes).base64EncodedString())" }
}
