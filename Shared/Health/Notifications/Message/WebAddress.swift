// SPDX-License-Identifier: Apache-2.0
// Martlet: which web addresses are sent to, and which are shown to people as links.

/// Checks of http and https addresses that look at the text alone.
enum WebAddress {
    static let longest = 2048

    /// The address if it can be a link: http or https, no spaces, and no character that ends a link in a chat's markup.
    static func clean(_ text: String) -> String? {
        guard host(of: text) != nil else { return nil }
        var cleaned = ""
        for character in text.unicodeScalars {
            switch character {
            case "|": cleaned += "%7C"
            case "<": cleaned += "%3C"
            case ">": cleaned += "%3E"
            case "\"": cleaned += "%22"
            default: cleaned.unicodeScalars.append(character)
            }
        }
        return cleaned
    }

    /// Throws unless requests may be sent to the address; one with a secret in it must be https, or lead to this machine.
    static func check(_ text: String, field: String, holdsSecret: Bool) throws(NotificationError) {
        guard let host = host(of: text) else {
            throw NotificationError(
                .configuration,
                field,
                "must be an http or https address of at most \(longest) ASCII characters, without user name or spaces"
            )
        }
        guard !holdsSecret || text.lowercased().hasPrefix("https://") || isLoopback(host) else {
            throw NotificationError(.configuration, field, "must be https, since the address is a secret")
        }
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]"
            || host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    }

    /// Scheme and host, for logs: the rest may be a secret.
    static func origin(of text: String) -> String {
        guard let host = host(of: text), let scheme = text.split(separator: ":").first else { return "<invalid>" }
        return "\(scheme.lowercased())://\(host)"
    }

    private static func host(of text: String) -> String? {
        let lower = text.lowercased()
        guard text.utf8.count <= longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) })
        else { return nil }
        let authority = lower.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), !authority.contains("\\") else { return nil }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return host.isEmpty || host == "[]" ? nil : String(host)
    }
}
