// SPDX-License-Identifier: Apache-2.0
// Martlet: one key of a key ring.
internal import Crypto
internal import FoundationEssentials

/// A key of 32 bytes with an id; it is never shown, its ``fingerprint`` is.
public struct RingKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The name by which backups say what they need: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    public let id: String
    /// 16 hexadecimal digits that tell keys apart without giving anything away.
    public let fingerprint: String
    let secret: SymmetricKey

    /// Takes 32 bytes over; nil if the id or their number is wrong.
    public init?(id: String, bytes: [UInt8]) {
        guard Self.isID(id), bytes.count == 32 else { return nil }
        self.id = id
        secret = SymmetricKey(data: bytes)
        let code = HMAC<SHA256>.authenticationCode(for: Array("martlet fingerprint 1".utf8), using: secret)
        fingerprint = Array(Array(code).prefix(8)).hex
    }

    /// Reads `id:base64`; nil if it is none.
    public init?(parsing text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let base64 = String(text[text.index(after: colon)...])
        guard let bytes = Data(base64Encoded: base64), bytes.base64EncodedString() == base64 else { return nil }
        self.init(id: String(text[..<colon]), bytes: Array(bytes))
    }

    /// The form of a key, for people.
    public static let allowed = "id:base64 with an id of 1 to 64 of A-Z a-z 0-9 . _ - and the base64 of 32 bytes"

    /// A new random key as the line that ``init(parsing:)`` reads; nil if the id is wrong.
    public static func generate(id: String) -> String? {
        guard isID(id) else { return nil }
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        return "\(id):\(bytes.base64EncodedString())"
    }

    private static func isID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// The id and the fingerprint.
    public var description: String { "\(id) (\(fingerprint))" }
    /// Shows no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
