// SPDX-License-Identifier: Apache-2.0
// Martlet: reads a configuration from a URL.

extension RedisConfiguration {
    /// Reads `redis://`, `rediss://` (TLS) or `redis+unix://` URLs.
    ///
    /// `redis://[user][:password@]host[:port][/database][?option=value…]`, `redis+unix://[…@]/path[?db=n]`; parts are percent-encoded.
    /// Options: `db`, `client_name`, `connect_timeout_ms`, `command_timeout_ms`, `tls_ca_file`, `tls_cert_file`,
    /// `tls_key_file`, `tls_server_name`, `tls_verify` (`full`, `ca`, `none`). Throws `.configuration` without quoting the URL.
    public init(url: String) throws(RedisError) {
        guard let mark = url.firstRange(ofText: "://") else { throw Self.refuse("the Redis URL has no scheme") }
        let scheme = url[..<mark.lowerBound].lowercased()
        var rest = url[mark.upperBound...]
        var query: Substring = ""
        if let question = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: question)...]
            rest = rest[..<question]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash]
        let path = rest[slash...]
        var credentials: Substring?
        if let at = authority.lastIndex(of: "@") {
            credentials = authority[..<at]
            authority = authority[authority.index(after: at)...]
        }

        switch scheme {
        case "redis", "rediss":
            let (host, port) = try Self.hostAndPort(authority)
            self.init(address: .tcp(host: host, port: port))
            if scheme == "rediss" { tls = RedisTLS() }
            if path.count > 1 { database = try Self.number(path.dropFirst(), "database") }
        case "redis+unix", "unix":
            guard authority.isEmpty, path.count > 1 else { throw Self.refuse("the Redis URL has no socket path") }
            self.init(address: .unixSocket(path: try Self.decode(path)))
        default:
            throw Self.refuse("the Redis URL has an unknown scheme")
        }
        if let credentials { try read(credentials: credentials) }
        for option in query.split(separator: "&") { try read(option: option) }
        try validate()
    }

    private mutating func read(credentials: Substring) throws(RedisError) {
        guard let colon = credentials.firstIndex(of: ":") else {
            throw Self.refuse("the Redis URL has a user but no password")
        }
        let user = try Self.decode(credentials[..<colon])
        username = user.isEmpty ? nil : user
        password = try Self.decode(credentials[credentials.index(after: colon)...])
    }

    private mutating func read(option: Substring) throws(RedisError) {
        let equals = option.firstIndex(of: "=") ?? option.endIndex
        let name = String(option[..<equals])
        let text = option[equals...].dropFirst()
        switch name {
        case "db": database = try Self.number(text, "database")
        case "client_name": clientName = try Self.decode(text)
        case "connect_timeout_ms": connectTimeout = .milliseconds(try Self.number(text, "connect_timeout_ms"))
        case "command_timeout_ms": commandTimeout = .milliseconds(try Self.number(text, "command_timeout_ms"))
        case "tls_ca_file": try setTLS(\.authorityFile, text)
        case "tls_cert_file": try setTLS(\.certificateFile, text)
        case "tls_key_file": try setTLS(\.privateKeyFile, text)
        case "tls_server_name": try setTLS(\.serverName, text)
        case "tls_verify":
            guard var tls, let verification = RedisTLS.Verification(rawValue: String(text)) else {
                throw Self.refuse("tls_verify is full, ca or none, and needs rediss://")
            }
            tls.verification = verification
            self.tls = tls
        default: throw Self.refuse("the Redis URL has an unknown option")
        }
    }

    private mutating func setTLS(_ key: WritableKeyPath<RedisTLS, String?>, _ text: Substring) throws(RedisError) {
        guard var tls else { throw Self.refuse("TLS options need rediss://") }
        tls[keyPath: key] = try Self.decode(text)
        self.tls = tls
    }

    private static func hostAndPort(_ authority: Substring) throws(RedisError) -> (String, Int) {
        var host = authority
        var port: Substring = ""
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw refuse("the Redis URL has a malformed address") }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw refuse("the Redis URL has a malformed address") }
            port = tail.dropFirst()
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        let name = try decode(host)
        let portNumber = port.isEmpty ? 6379 : try number(port, "port")
        guard (1...65_535).contains(portNumber) else { throw refuse("the port is out of range") }
        return (name.isEmpty ? "127.0.0.1" : name, portNumber)
    }

    private static func number(_ text: Substring, _ what: String) throws(RedisError) -> Int {
        guard !text.isEmpty, text.utf8.count < 10, text.utf8.allSatisfy({ (48...57).contains($0) }),
            let value = Int(text)
        else {
            throw refuse("\(what) is not a number")
        }
        return value
    }

    private static func decode(_ text: Substring) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                throw refuse("the Redis URL has a malformed percent sign")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw refuse("the Redis URL is not UTF-8") }
        return decoded
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: return byte - 48
        case 65...70: return byte - 55
        case 97...102: return byte - 87
        default: return nil
        }
    }

    private static func refuse(_ reason: String) -> RedisError { RedisError(.configuration, reason) }
}

extension String {
    /// The first place of `text`; the standard library's own search needs Foundation or regular expressions.
    fileprivate func firstRange(ofText text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
