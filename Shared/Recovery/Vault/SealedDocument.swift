// SPDX-License-Identifier: Apache-2.0
// Martlet: JSON with a seal that shows whether it is as we wrote it.
internal import Crypto
internal import ObjectStore

/// A JSON document of one line and its seal in a second: `{"seal":"hmac-sha256:<64 hexadecimal digits>"}`.
///
/// The seal covers the document's bytes and the name of the object that holds it. With a key it can't be forged; without
/// one (backups that are not encrypted) it is a SHA-256, which shows damage only. Anyone can read the document.
struct SealedDocument: Sendable {
    /// The JSON.
    let body: [UInt8]
    private let line: [UInt8]

    /// Seals a document, whose bytes must not hold a line break.
    init(_ body: [UInt8], name: ObjectKey, key: DataKey?) {
        self.body = body
        line = Self.seal(body, name, key)
    }

    /// Reads a stored document, whose seal is yet to be checked.
    init(stored: [UInt8]) throws(FormatFault) {
        guard let end = stored.firstIndex(of: UInt8(ascii: "\n")), stored.last == UInt8(ascii: "\n"),
            end + 1 < stored.count
        else { throw FormatFault("the document is cut off") }
        body = Array(stored[..<end])
        line = Array(stored[(end + 1)...].dropLast())
    }

    /// Whether it is as it was written, under this name and by someone who had the key.
    func isGenuine(name: ObjectKey, key: DataKey?) -> Bool { line == Self.seal(body, name, key) }

    /// The bytes to store.
    var encoded: [UInt8] { body + [UInt8(ascii: "\n")] + line + [UInt8(ascii: "\n")] }

    private static func seal(_ body: [UInt8], _ name: ObjectKey, _ key: DataKey?) -> [UInt8] {
        let sealed = Array("martlet document 1\n\(name)\n".utf8) + body
        guard let key else { return Array("{\"seal\":\"sha256:\(SHA256Sum(of: sealed))\"}".utf8) }
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key.secret,
            info: Array("martlet document 1".utf8),
            outputByteCount: 32
        )
        let code = Array(HMAC<SHA256>.authenticationCode(for: sealed, using: derived)).hex
        return Array("{\"seal\":\"hmac-sha256:\(code)\"}".utf8)
    }
}
