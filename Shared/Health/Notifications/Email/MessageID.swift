// SPDX-License-Identifier: Apache-2.0
// Martlet: the identifier of a mail (RFC 5322 3.6.4).

/// `<left@domain>`; made of any text, of which only harmless characters are kept.
public struct MessageID: Sendable, Hashable, CustomStringConvertible {
    /// With the angle brackets.
    public let description: String

    /// Makes an identifier; characters that may not be in one become `-`, and the left part is cut to 180 characters.
    ///
    /// Throws `email` when the domain is none.
    public init(_ left: String, domain: String) throws(NotificationError) {
        guard EmailAddress.isDomain(domain) else {
            throw NotificationError(.email, "message_id.domain", "must be a domain name in ASCII")
        }
        let kept = left.utf8.prefix(180).map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): byte
            default: UInt8(ascii: "-")
            }
        }
        let text = kept.isEmpty ? "-" : String(decoding: kept, as: UTF8.self)
        description = "<\(text)@\(domain)>"
    }
}
