// SPDX-License-Identifier: Apache-2.0
// Martlet: how a Redis connection is encrypted.

internal import NIOCore
internal import NIOSSL

/// TLS settings of a Redis connection; the certificate and the host name are verified by default.
public struct RedisTLS: Sendable, Equatable {
    /// What is verified of the server's certificate.
    public enum Verification: String, Sendable {
        /// The chain and the host name; the default.
        case full
        /// The chain only.
        case chain = "ca"
        /// Nothing: protects against listeners only, not against impostors.
        case none
    }

    /// Path of a PEM file with the trusted authorities; nil trusts the system's.
    public var authorityFile: String?
    /// Path of a PEM file with the client's certificate chain; nil sends none.
    public var certificateFile: String?
    /// Path of a PEM file with the client's private key; needed with `certificateFile`.
    public var privateKeyFile: String?
    /// What is verified.
    public var verification: Verification
    /// The name expected in the certificate; nil takes the host of the URL.
    public var serverName: String?

    /// Makes settings; without arguments: system authorities, full verification, no client certificate.
    public init(
        authorityFile: String? = nil,
        certificateFile: String? = nil,
        privateKeyFile: String? = nil,
        verification: Verification = .full,
        serverName: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
        self.verification = verification
        self.serverName = serverName
    }

    /// Reads the files; throws `.configuration` when one is missing or malformed.
    func makeContext() throws(RedisError) -> NIOSSLContext {
        do {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.minimumTLSVersion = .tlsv12
            switch verification {
            case .full: tls.certificateVerification = .fullVerification
            case .chain: tls.certificateVerification = .noHostnameVerification
            case .none: tls.certificateVerification = .none
            }
            if let authorityFile {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorityFile))
            }
            if let certificateFile, let privateKeyFile {
                tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKeyFile, format: .pem))
            }
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw RedisError(.configuration, "the TLS files cannot be used", cause: error)
        }
    }
}
