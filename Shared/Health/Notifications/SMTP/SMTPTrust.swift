// SPDX-License-Identifier: Apache-2.0
// Martlet: whom a mail server's certificate must come from, and whom it must name.
internal import NIOCore
internal import NIOSSL
internal import Platform

/// The TLS side of a mail server's settings; files are read once.
struct SMTPTrust: Sendable {
    /// The certificate names other hosts than the one that was asked for.
    struct WrongName: Error, CustomStringConvertible {
        let description = "the certificate is for another host"
    }

    private let context: NIOSSLContext
    /// The host's name in lower case; nil for an address, which the TLS library compares itself.
    private let name: String?

    /// TLS 1.2 or later with full verification; throws `configuration` when a file cannot be used.
    init(host: String, authorityFile: String?) throws(NotificationError) {
        do {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.minimumTLSVersion = .tlsv12
            tls.certificateVerification = .fullVerification
            if let authorityFile { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorityFile)) }
            context = try NIOSSLContext(configuration: tls)
        } catch {
            throw NotificationError(
                .configuration,
                "smtp.authority_file",
                "must be the path of a PEM file of certificates"
            )
        }
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        name = isAddress ? nil : host.lowercased()
    }

    /// A handler that begins the handshake when it is added to an open connection.
    func makeHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: name)
    }

    /// Fails unless the certificate names the host.
    ///
    /// The TLS library also takes a certificate for the address that was connected to when a name was asked for; whoever could forge the
    /// answer of the name service could then show a certificate for an address of its own.
    func verifyName(_ certificate: NIOSSLCertificate?) throws(WrongName) {
        guard let name else { return }
        guard let certificate else { throw WrongName() }
        var hasNames = false
        for entry in certificate._subjectAlternativeNames() {
            hasNames = true
            guard entry.nameType == .dnsName else { continue }
            if Self.covers(String(decoding: Array(entry.contents), as: UTF8.self).lowercased(), name) { return }
        }
        // Without alternative names the library has compared the common name.
        if hasNames { throw WrongName() }
    }

    /// Whether a certificate's name is the host, or `*` for its first label.
    static func covers(_ pattern: String, _ host: String) -> Bool {
        guard pattern.hasPrefix("*.") else { return pattern == host }
        return host.firstIndex(of: ".").map { host[$0...] == pattern.dropFirst() } ?? false
    }
}
