// SPDX-License-Identifier: Apache-2.0
// Martlet: how a mail server is reached.
public import Platform

/// A mail server that takes mails for others.
public struct SMTPConfiguration: Sendable {
    /// When the connection is encrypted.
    public enum Security: String, Sendable, CaseIterable {
        /// Never; only for servers on this machine or in a trusted network.
        case none
        /// After `STARTTLS`; a server that does not offer it gets no mail.
        case startTLS = "starttls"
        /// From the first byte, usually on port 465.
        case implicit
    }

    /// Who sends, to the server.
    public struct Credentials: Sendable {
        /// The user name, at most 255 bytes.
        public var username: String
        /// The password, at most 255 bytes.
        public var password: Secret

        /// Makes credentials.
        public init(username: String, password: Secret) {
            self.username = username
            self.password = password
        }
    }

    /// Host name or address.
    public var host: String
    /// 1...65535, usually 587 with `starttls` and 465 with `implicit`.
    public var port: Int
    /// When the connection is encrypted, `starttls` by default.
    public var security: Security
    /// Sent by `AUTH PLAIN` or `LOGIN`; nil sends none.
    public var credentials: Credentials?
    /// Whether the password may go unencrypted to a server on the loopback address; never to another one.
    public var allowsClearPasswordOnLoopback: Bool
    /// What is said in `EHLO`: a domain name or an address in brackets, `[127.0.0.1]` by default.
    public var greeting: String
    /// Path of a PEM file with the trusted authorities; nil trusts the system's.
    public var authorityFile: String?

    /// Makes settings; throws `configuration` and names what is wrong.
    public init(
        host: String,
        port: Int,
        security: Security = .startTLS,
        credentials: Credentials? = nil,
        allowsClearPasswordOnLoopback: Bool = false,
        greeting: String = "[127.0.0.1]",
        authorityFile: String? = nil
    ) throws(NotificationError) {
        guard (1...255).contains(host.utf8.count), host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw NotificationError(.configuration, "smtp.host", "must be a host name or an address in ASCII")
        }
        guard (1...65_535).contains(port) else {
            throw NotificationError(.configuration, "smtp.port", "must be 1 to 65535")
        }
        let inner = greeting.hasPrefix("[") && greeting.hasSuffix("]") ? greeting.dropFirst().dropLast() : greeting[...]
        let isLiteral = inner.utf8.allSatisfy {
            (0x30...0x3A).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2E
        }
        guard EmailAddress.isDomain(inner) || (inner.utf8.count < greeting.utf8.count && isLiteral) else {
            throw NotificationError(.configuration, "smtp.greeting", "must be a domain name or an address in brackets")
        }
        if let credentials {
            let parts = [("smtp.username", credentials.username), ("smtp.password", credentials.password.reveal())]
            for (field, value) in parts where !(1...255).contains(value.utf8.count) || value.utf8.contains(0) {
                throw NotificationError(.configuration, field, "must be 1 to 255 bytes without NUL")
            }
        }
        self.host = host
        self.port = port
        self.security = security
        self.credentials = credentials
        self.allowsClearPasswordOnLoopback = allowsClearPasswordOnLoopback
        self.greeting = greeting
        self.authorityFile = authorityFile
    }
}
