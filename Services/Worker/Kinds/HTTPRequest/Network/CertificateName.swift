// SPDX-License-Identifier: Apache-2.0
// Martlet: checks that a certificate was issued for the host's name, and not just for the address that it was reached at.
internal import NIOCore
internal import NIOSSL

/// Closes a gap in the TLS library, which also takes a certificate for the connected IP address when a name was asked for.
///
/// Such certificates are issued to whoever holds an address; so whoever could forge the DNS answer could also pass the check.
enum CertificateName {
    /// The certificate names other hosts than the one that was asked for.
    struct Mismatch: Error {}

    /// Fails, and closes the connection, unless the peer's certificate names the host; runs before any request is sent.
    static func verify(_ channel: any Channel, host: String) -> EventLoopFuture<Void> {
        channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
            guard let certificate, covers(certificate, host: host) else { throw Mismatch() }
        }.flatMapError { error in
            channel.close(mode: .all, promise: nil)
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    /// Whether one of the certificate's names is the host, or `*` for its first label; a certificate without such names is left to the
    /// library, which has then compared the common name.
    static func covers(_ certificate: NIOSSLCertificate, host: String) -> Bool {
        var hasNames = false
        for name in certificate._subjectAlternativeNames() {
            hasNames = true
            guard name.nameType == .dnsName else { continue }
            if covers(String(decoding: Array(name.contents), as: UTF8.self).lowercased(), host: host) { return true }
        }
        return !hasNames
    }

    static func covers(_ name: String, host: String) -> Bool {
        guard name.hasPrefix("*.") else { return name == host }
        return host.firstIndex(of: ".").map { host[$0...] == name.dropFirst() } ?? false
    }
}
