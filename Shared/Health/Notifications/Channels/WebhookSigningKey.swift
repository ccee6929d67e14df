// SPDX-License-Identifier: Apache-2.0
// Martlet: one symmetric key of the Standard Webhooks specification, for notifications.
internal import Crypto
internal import FoundationEssentials

/// A signing key, `whsec_` and the base64 of 24 to 64 bytes; never printed.
public struct WebhookSigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: SymmetricKey

    /// Reads a key; throws `configuration` without showing it.
    public init(_ text: String) throws(NotificationError) {
        guard text.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(text.dropFirst(6))),
            (24...64).contains(bytes.count)
        else {
            throw NotificationError(.configuration, "secret", "must be whsec_ and the base64 of 24 to 64 bytes")
        }
        key = SymmetricKey(data: bytes)
    }

    /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
    func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
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
