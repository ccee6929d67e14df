// SPDX-License-Identifier: Apache-2.0
// Martlet: reads a URL that somebody else chose strictly, and writes it in the one spelling that is then both vetted and sent.
internal import FoundationEssentials

/// An http or https URL; reading it makes no look-up.
public struct TargetURL: Sendable, Hashable {
    /// The most bytes.
    public static let longest = 2048

    /// A text that is no URL to be reached.
    public struct Refusal: Error, Sendable {
        /// What is wrong, as in `must start with http:// or https://`.
        public let reason: String

        /// Refuses.
        public init(reason: String) { self.reason = reason }
    }

    /// Scheme, host and port.
    public let origin: HTTPOrigin
    /// The whole URL without fragment: lower-case scheme and host, no default port.
    public let text: String

    /// Reads a URL.
    public init(reading text: String) throws(Refusal) {
        guard text.utf8.count <= Self.longest else { throw Self.refusal("is longer than \(Self.longest) bytes") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw Self.refusal("holds characters that a URL must not; encode them (host names in punycode)")
        }
        let isSecure: Bool
        let rest: Substring
        switch text.prefix(8).lowercased() {
        case "https://": (isSecure, rest) = (true, text.dropFirst(8))
        case let start where start.hasPrefix("http://"): (isSecure, rest) = (false, text.dropFirst(7))
        default: throw Self.refusal("must start with http:// or https://")
        }
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { throw Self.refusal("must not hold a user or password") }
        origin = try Self.origin(authority, isSecure: isSecure)
        let tail = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.text = origin.description + (tail.hasPrefix("/") ? "" : "/") + tail

        // The client parses this text once more; if it saw another host there, the vetting would have been for nothing.
        guard let parsed = URL(string: self.text), let host = parsed.host(percentEncoded: false),
            host == origin.host || host == "[\(origin.host)]",
            (parsed.port ?? (isSecure ? 443 : 80)) == origin.port
        else { throw Self.refusal("is not a valid URL") }
    }

    private static func origin(_ authority: Substring, isSecure: Bool) throws(Refusal) -> HTTPOrigin {
        var host = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw refusal("has an unclosed [") }
            host = authority[...end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw refusal("has text between ] and the port") }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        var port = isSecure ? 443 : 80
        if let portText, !portText.isEmpty {
            guard portText.utf8.count <= 5, portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(portText),
                (1...65535).contains(number)
            else { throw refusal("has a port that is not a number in 1...65535") }
            port = number
        }
        if host.hasPrefix("[") {
            guard let address = IPAddress(String(host.dropFirst().dropLast())), !address.isIPv4 else {
                throw refusal("has a host in brackets that is not an IPv6 address without zone")
            }
            return HTTPOrigin(isSecure: isSecure, host: address.description, port: port, literal: address)
        }
        var name = host.lowercased()[...]
        if name.hasSuffix(".") { name.removeLast() }
        if let address = IPAddress(String(name)), address.isIPv4 {
            return HTTPOrigin(isSecure: isSecure, host: address.description, port: port, literal: address)
        }
        guard HostName.isName(name) else { throw refusal("has no valid host name") }
        guard HostName.isNotNumeric(name) else {
            throw refusal("has an IPv4 address that is not written as four decimal numbers")
        }
        return HTTPOrigin(isSecure: isSecure, host: String(name), port: port, literal: nil)
    }

    private static func refusal(_ problem: String) -> Refusal { Refusal(reason: problem) }
}
