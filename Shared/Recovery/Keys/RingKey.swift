// SPDX-License-Identifier: Apache-2.0
// Martlet: one key of a key ring.
internal import Crypto

/// A key of 32 bytes with an id; it is never shown, its ``fingerprint`` is.
public struct RingKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The name by which backups say what they need: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    public let id: String
    /// 16 hexadecimal digits that tell keys apart without giving anything away.
    public let fingerprint: String
    let secret: SymmetricKey

    /// Takes 32 bytes over; nil if the id or their number is wrong.
    public init?(id: String, bytes: [UInt8]) {
        guard let line = KeyLine(id: id, bytes: bytes) else { return nil }
        self.id = line.id
        secret = SymmetricKey(data: bytes)
        let code = HMAC<SHA256>.authenticationCode(for: Array("martlet fingerprint 1".utf8), using: secret)
        fingerprint = Array(Array(code).prefix(8)).hex
    }

    /// Reads `id:base64`; nil if it is none.
    public init?(parsing text: some StringProtocol) {
        guard let line = KeyLine(parsing: text) else { return nil }
        self.init(id: line.id, bytes: line.bytes)
    }

    /// The form of a key, for people.
    public static let allowed = "id:base64 with an id of 1 to 64 of A-Z a-z 0-9 . _ - and the base64 of 32 bytes"

    /// A new random key as the line that ``init(parsing:)`` reads; nil if the id is wrong.
    public static func generate(id: String) -> String? {
        KeyLine(id: id, bytes: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })?.description
    }

    /// The id and the fingerprint.
    public var description: String { "\(id) (\(fingerprint))" }
    /// Shows no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
