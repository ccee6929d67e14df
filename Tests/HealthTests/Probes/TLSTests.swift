// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of what probes make of TLS and certificates.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite struct TLSTests {
    let authority: TestAuthority

    init() throws { authority = try TestAuthority() }

    private func https(_ port: Int, _ tls: TLSOptions, host: String = "127.0.0.1") async throws -> ProbeResult {
        var target = HTTPProbe.Target(url: "https://\(host):\(port)/")
        target.tls = tls
        target.expectations = try conditions("status == 200", "certificate > 14d")
        return try await HTTPProbe(target, resources: Fixture.resources).run(timeout: patience)
    }

    private func handshake(
        _ port: Int,
        _ tls: TLSOptions,
        host: String = "127.0.0.1",
        minimumDays: Int? = nil
    ) async throws -> ProbeResult {
        var target = TLSProbe.Target(host: host, port: port)
        target.tls = tls
        target.minimumDays = minimumDays
        return try await TLSProbe(target, resources: Fixture.resources).run(timeout: patience)
    }

    @Test func good() async throws {
        try await TestServer.with(.http("200 OK"), tls: authority.server(.good)) { server in
            for host in ["127.0.0.1", "localhost"] {
                let result = try await https(server.port, authority.tls, host: host)
                #expect(result.status == .up, "\(result)")
                #expect(result.certificateExpiry == Timestamp(rfc3339: "2048-01-01T00:00:00Z".utf8))
            }
            var named = authority.tls
            named.serverName = "probe.test"
            #expect(try await https(server.port, named).status == .up)
            #expect(try await handshake(server.port, named).status == .up)
        }
        try await TestServer.with(.silent, host: "::1", tls: authority.server(.good)) { server async throws in
            #expect(try await handshake(server.port, authority.tls, host: "::1").status == .up)
        }
    }

    @Test(
        arguments: [
            (TestAuthority.Leaf.expired, "the certificate expired on 2021-01-01T00:00:00Z"),
            (.future, "the certificate is not valid before 2047-01-01T00:00:00Z"),
            (.elsewhere, "the certificate is for another host than 127.0.0.1"),
            (.selfsigned, "the certificate is not trusted: no known authority signed it"),
        ]
    )
    func bad(_ leaf: TestAuthority.Leaf, _ reason: String) async throws {
        try await TestServer.with(.http("200 OK"), tls: authority.server(leaf)) { server in
            for result in [
                try await https(server.port, authority.tls), try await handshake(server.port, authority.tls),
            ] {
                #expect(result.status == .down)
                #expect(result.reason == reason)
                #expect(result.certificateExpiry != nil)
            }
            var lax = authority.tls
            lax.isUnverified = true
            let result = try await handshake(server.port, lax)
            #expect(result.status == .up, "\(result)")
            #expect(result.certificateExpiry != nil)
        }
    }

    @Test func systemAuthoritiesDoNotKnowOurs() async throws {
        try await TestServer.with(.http("200 OK"), tls: authority.server(.good)) { server in
            let result = try await https(server.port, TLSOptions())
            #expect(result.reason == "the certificate is not trusted: no known authority signed it")
        }
    }

    @Test func minimumDays() async throws {
        try await TestServer.with(.silent, tls: authority.server(.good)) { server in
            #expect(try await handshake(server.port, authority.tls, minimumDays: 30).status == .up)
            let result = try await handshake(server.port, authority.tls, minimumDays: 36_000)
            #expect(result.status == .degraded)
            #expect(result.reason?.hasPrefix("the certificate is valid for ") == true)
            #expect(result.reason?.hasSuffix(" only; expected 36000d or more") == true)
        }
    }

    @Test func clientCertificates() async throws {
        try await TestServer.with(.http("200 OK"), tls: authority.server(.good, demandsClient: true)) { server in
            let refused = try await https(server.port, authority.tls)
            #expect(refused.status == .down)
            #expect(
                refused.reason == "the TLS handshake failed: the server refuses the client certificate, or wants one"
            )
            #expect(try await https(server.port, authority.clientTLS).status == .up)
        }
    }

    @Test func serverWithoutTLS() async throws {
        let answer = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
        try await TestServer.with(.answer(answer)) { server in
            let result = try await https(server.port, authority.tls)
            #expect(result.status == .down)
            #expect(result.reason == "the TLS handshake failed: the server does not speak TLS")
        }
    }

    @Test func brokenHandshakes() async throws {
        try await TestServer.with(.answer([])) { server async throws in
            #expect(
                try await https(server.port, authority.tls).reason == "the connection was closed in the TLS handshake"
            )
        }
        try await TestServer.with(.reset) { server async throws in
            #expect(try await https(server.port, authority.tls).reason == "in the TLS handshake: connection reset")
        }
        try await TestServer.with(.silent) { server in
            var target = HTTPProbe.Target(url: "https://127.0.0.1:\(server.port)/")
            target.tls = authority.tls
            let result = await Fixture.late(try HTTPProbe(target, resources: Fixture.resources))
            #expect(result.status == .down)
            #expect(result.reason == "timed out after 300ms in the TLS handshake")
        }
    }

    @Test func filesThatCannotBeReadSayNothingAboutTheTarget() async throws {
        try await TestServer.with(.http("200 OK"), tls: authority.server(.good)) { server in
            let result = try await https(server.port, TLSOptions(authorityFile: "/nowhere/ca.pem"))
            #expect(result.status == .unknown)
            #expect(result.reason == "TLS: ca_file /nowhere/ca.pem cannot be read or is no PEM file")
        }
    }

    @Test func contextsAreShared() throws {
        let contexts = TLSContexts()
        var other = authority.tls
        other.serverName = "other.test"
        #expect(try contexts.context(for: authority.tls) === contexts.context(for: other))
        other.isUnverified = true
        #expect(try contexts.context(for: authority.tls) !== contexts.context(for: other))
    }
}
