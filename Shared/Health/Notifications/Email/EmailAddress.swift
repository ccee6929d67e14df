// SPDX-License-Identifier: Apache-2.0
// Martlet: a mail address that can be put into a header and into SMTP commands without harm.

/// A mail address with an optional name.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    /// `local@domain`.
    public let address: String
    /// The name shown beside it.
    public let name: String?

    /// Checks an address: ASCII `local@domain`, at most 64 and 255 characters, no quotes, comments or spaces.
    ///
    /// Internationalised domains must be given as A-labels (`xn--…`). Throws `email` with the name of the field.
    public init(_ address: String, name: String? = nil, field: String = "address") throws(NotificationError) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isLocalPart(parts[0]), Self.isDomain(parts[1]) else {
            throw NotificationError(
                .email,
                field,
                "must be local@domain of at most 64 and 255 ASCII characters, without quotes and spaces"
            )
        }
        self.address = address
        self.name = name
    }

    /// The part after the `@`.
    public var domain: String { String(address.drop { $0 != "@" }.dropFirst()) }

    /// The address alone.
    public var description: String { address }

    /// As in a header: the name quoted or encoded if need be.
    var headerForm: String {
        guard let name = name?.singleLine(bytes: 200), !name.allSatisfy(\.isWhitespace) else { return address }
        if HeaderText.isPlain(name), name.utf8.count <= 60, !name.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C }) {
            return "\"\(name)\" <\(address)>"
        }
        return HeaderText.encoded(name) + "\r\n <\(address)>"
    }

    private static func isLocalPart(_ text: Substring) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasSuffix(".") && !text.contains("..")
            && text.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains($0) }
    }

    static func isDomain(_ text: some StringProtocol) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
