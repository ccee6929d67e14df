// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings of the built-in kinds.
internal import NIOSSL
internal import Platform

/// What the operator may choose about `http.request` and `fail`.
struct BuiltInKindsSettings: Sendable {
    /// `MARTLET_HTTP_ALLOW`: addresses, CIDR blocks, host names and `*.domain` that may be reached although they are not public.
    var policy = AddressPolicy()
    /// `MARTLET_WEBHOOK_SECRETS` or `MARTLET_WEBHOOK_SECRETS_FILE`: `name=whsec_…`, several separated by commas or line ends.
    var secrets = WebhookSecrets()
    /// `MARTLET_HTTP_CA_FILE`: certificate authorities (PEM) to trust beside the system's.
    var certificates: [NIOSSLCertificate] = []
    /// `MARTLET_HTTP_CONNECT_TIMEOUT`: for one address, TLS handshake included; default 5 s, 100 ms to 60 s.
    var connectTimeout: Duration = .seconds(5)
    /// `MARTLET_HTTP_CONNECTIONS_PER_HOST`: HTTP/1.1 connections to one origin; default 16, 1 to 1,024.
    var connectionsPerHost = 16
    /// `MARTLET_HTTP_DNS_TTL`: how long looked-up addresses are kept; default 30 s, up to 1 h.
    var nameTimeToLive: Duration = .seconds(30)
    /// `MARTLET_ALLOW_CRASH_JOBS`: whether jobs of kind `fail` may end the process; default false.
    var allowsCrash = false

    /// The defaults.
    init() {}

    /// Reads the settings; what is wrong is reported by the reader's `finish()`.
    init(reader: SettingsReader) {
        let allow = "MARTLET_HTTP_ALLOW"
        do {
            policy = try AddressPolicy(allowing: reader.list(allow, default: []))
        } catch {
            reader.report(
                allow,
                problem: "\"\(error.entry.prefix(200))\" is no address, CIDR block or host name",
                allowed: "such as 127.0.0.0/8, fd00::/8, hooks.internal or *.internal, separated by commas"
            )
        }
        if let text = reader.secret("MARTLET_WEBHOOK_SECRETS") {
            do {
                secrets = try WebhookSecrets(parsing: text.reveal())
            } catch {
                reader.report("MARTLET_WEBHOOK_SECRETS", problem: error.problem, allowed: WebhookSecrets.allowed)
            }
        }
        certificates = TrustedCertificates.read(reader, "MARTLET_HTTP_CA_FILE")
        connectTimeout = reader.duration(
            "MARTLET_HTTP_CONNECT_TIMEOUT",
            default: connectTimeout,
            in: .milliseconds(100)...(.seconds(60))
        )
        connectionsPerHost = reader.int("MARTLET_HTTP_CONNECTIONS_PER_HOST", default: connectionsPerHost, in: 1...1024)
        nameTimeToLive = reader.duration("MARTLET_HTTP_DNS_TTL", default: nameTimeToLive, in: .zero...(.seconds(3600)))
        allowsCrash = reader.bool("MARTLET_ALLOW_CRASH_JOBS", default: allowsCrash)
    }
}
