// SPDX-License-Identifier: Apache-2.0
// Martlet: how a probe speaks TLS.

/// TLS settings of a probe; by default the system's authorities are trusted and chain, dates and host name are verified.
public struct TLSOptions: Sendable, Hashable {
    /// Path of a PEM file with the trusted authorities; nil trusts the system's.
    public var authorityFile: String?
    /// The name to announce and to expect in the certificate; nil takes the host.
    public var serverName: String?
    /// Whether to take any certificate; its expiry is still a fact. Default false.
    public var isUnverified: Bool
    /// Path of a PEM file with the client's certificate chain; nil sends none.
    public var certificateFile: String?
    /// Path of a PEM file with the client's private key; needed with ``certificateFile``.
    public var privateKeyFile: String?

    /// Makes settings.
    public init(
        authorityFile: String? = nil,
        serverName: String? = nil,
        isUnverified: Bool = false,
        certificateFile: String? = nil,
        privateKeyFile: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.serverName = serverName
        self.isUnverified = isUnverified
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
    }
}
