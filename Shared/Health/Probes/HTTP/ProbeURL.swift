// SPDX-License-Identifier: Apache-2.0
// Martlet: the parts of an HTTP address that a probe needs.

/// An `http://` or `https://` address.
public struct ProbeURL: Sendable, Hashable, CustomStringConvertible {
    /// Whether to speak TLS.
    public let isSecure: Bool
    /// The name or IP address, without brackets.
    public let host: String
    /// The port; 80 or 443 unless given.
    public let port: Int
    /// Path and query, at least `/`.
    public let target: String

    /// Reads an absolute address; throws ``ProbeConfigurationError`` for the field `url` otherwise.
    ///
    /// A user or password in the address is refused: addresses are shown, so credentials belong into headers.
    public init(_ text: String) throws(ProbeConfigurationError) {
        let lower = text.lowercased()
        let isSecure = lower.hasPrefix("https://")
        guard isSecure || lower.hasPrefix("http://") else {
            throw Self.refuse("it must begin with http:// or https://")
        }
        let rest = text.dropFirst(isSecure ? 8 : 7).prefix { $0 != "#" }
        guard !rest.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else {
            throw Self.refuse("spaces, control characters and what is not ASCII must be percent-encoded")
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else {
            throw Self.refuse("a user or password does not belong into the address; use a header")
        }
        let (host, port) = try Self.hostAndPort(authority)
        self.isSecure = isSecure
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
        let target = String(rest[end...])
        self.target = target.hasPrefix("/") ? target : "/" + target
    }

    private init(_ other: ProbeURL, target: String) {
        isSecure = other.isSecure
        host = other.host
        port = other.port
        self.target = target
    }

    /// Scheme, host and port: what must not change for credentials to go along.
    var origin: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(shown):\(port)"
    }

    /// The value of the Host header.
    var authority: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? shown : "\(shown):\(port)"
    }

    /// The address without its query, which may hold secrets.
    public var description: String {
        "\(isSecure ? "https" : "http")://\(authority)\(target.prefix { $0 != "?" })"
    }

    /// The address that a Location header leads to.
    func following(_ location: String) throws(ProbeConfigurationError) -> ProbeURL {
        let bare = String(location.prefix { $0 != "#" })
        if bare.lowercased().hasPrefix("http://") || bare.lowercased().hasPrefix("https://") {
            return try ProbeURL(bare)
        }
        if bare.hasPrefix("//") { return try ProbeURL((isSecure ? "https:" : "http:") + bare) }
        let path = target.prefix { $0 != "?" }
        let base: String
        if bare.hasPrefix("/") {
            base = bare
        } else if bare.isEmpty {
            base = target
        } else if bare.hasPrefix("?") {
            base = path + bare
        } else {
            base = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex) + bare
        }
        // The constructor checks the characters.
        _ = try ProbeURL(origin + base)
        return ProbeURL(self, target: base)
    }

    /// The same server, another path below this one.
    func appending(_ path: String) -> ProbeURL {
        let base = String(target.prefix { $0 != "?" })
        return ProbeURL(self, target: (base.hasSuffix("/") ? String(base.dropLast()) : base) + path)
    }

    private static func hostAndPort(_ authority: Substring) throws(ProbeConfigurationError) -> (String, Int?) {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw refuse("the bracket of the address is not closed")
            }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw refuse("after ] only a port may follow") }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { throw refuse("the host is missing") }
        guard let port else { return (String(host), nil) }
        guard let number = Int(port), (1...65_535).contains(number), port.utf8.allSatisfy({ (48...57).contains($0) })
        else {
            throw refuse("the port must be 1 to 65535")
        }
        return (String(host), number)
    }

    private static func refuse(_ message: String) -> ProbeConfigurationError { ProbeConfigurationError("url", message) }
}
