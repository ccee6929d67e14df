// SPDX-License-Identifier: Apache-2.0
// Martlet: the certificate authorities that https receivers are checked against.
internal import NIOSSL
internal import Platform

/// Reads the system's certificates once, and those of `MARTLET_HTTP_CA_FILE`.
enum TrustedCertificates {
    /// Where the distributions keep their bundle: Debian, Ubuntu and Alpine; Fedora and RHEL; openSUSE.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    ]

    /// TLS 1.2 or later, trusting the system's authorities and some more.
    ///
    /// The certificates are parsed here, once: given `.default`, each client would hold its own copy of the bundle, over a megabyte.
    static func configuration(adding extra: [NIOSSLCertificate]) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        for path in bundles {
            guard let system = try? NIOSSLCertificate.fromPEMFile(path), !system.isEmpty else { continue }
            configuration.trustRoots = .certificates(system + extra)
            return configuration
        }
        if !extra.isEmpty { configuration.additionalTrustRoots = [.certificates(extra)] }
        return configuration
    }

    /// The certificates of a PEM file; a file that cannot be used is reported as a problem of the setting.
    static func read(_ reader: SettingsReader, _ name: String) -> [NIOSSLCertificate] {
        guard let path = reader.string(name) else { return [] }
        if let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty { return certificates }
        reader.report(name, problem: "\(path) can't be read as certificates", allowed: "the path of a PEM file")
        return []
    }
}
