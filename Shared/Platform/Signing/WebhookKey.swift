// SPDX-License-Identifier: Apache-2.0
// Martlet: one symmetric key of the Standard Webhooks specification.

internal import Crypto
internal import FoundationEssentials

/// A signing key, `whsec_` and the base64 of 24 to 64 bytes; never printed.
public struct WebhookKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The form of a key, for people.
    public static let allowed = "whsec_ and the base64 of 24 to 64 bytes"

    private let key: SymmetricKey

    /// Reads a key; nil when it is not of the form ``allowed``.
    public init?(parsing text: some StringProtocol) {
        guard text.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(text.dropFirst(6))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
    public func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        var code = HMAC<SHA256>(key: key)
        code.update(data: Array("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1," + Data(code.finalize()).base64EncodedString()
    }

    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Shows no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
