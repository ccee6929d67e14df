// SPDX-License-Identifier: Apache-2.0
// Martlet: just enough of a URL for settings: its scheme, whether it has a host or path, and a form without password.

/// Checks and redacts URL-like settings (libpq and Redis accept lists of hosts, which strict URL parsers refuse).
public enum SettingURL {
    /// The lower-case scheme of `scheme://rest`, or nil when there is none or nothing follows.
    public static func scheme(_ text: String) -> String? {
        guard let mark = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<mark.lowerBound]
        let rest = text[mark.upperBound...]
        guard let first = scheme.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first | 0x20, !rest.isEmpty,
            scheme.utf8.allSatisfy({ isSchemeByte($0) }),
            !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
        else { return nil }
        return scheme.lowercased()
    }

    /// Whether the authority has a password, or the query has a `password` parameter.
    public static func holdsPassword(_ text: String) -> Bool { redacted(text) != text }

    /// The text with `***` for the password.
    public static func redacted(_ text: String) -> String {
        var result = text
        if let mark = result.firstRange(of: "://") {
            let authorityEnd = result[mark.upperBound...].firstIndex { "/?#".contains($0) } ?? result.endIndex
            let authority = result[mark.upperBound..<authorityEnd]
            if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
                result.replaceSubrange(result.index(after: colon)..<at, with: "***")
            }
        }
        for name in ["?password=", "&password=", "?sslpassword=", "&sslpassword="] {
            guard let start = result.firstRange(of: name)?.upperBound else { continue }
            let end = result[start...].firstIndex { "&#".contains($0) } ?? result.endIndex
            result.replaceSubrange(start..<end, with: "***")
        }
        return result
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
