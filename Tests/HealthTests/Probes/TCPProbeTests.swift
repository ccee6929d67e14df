// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the TCP probe.

import TestSupport
import Testing

@testable import Health

@Suite struct TCPProbeTests {
    private func probe(_ host: String, _ port: Int, send: String? = nil, expect: String? = nil) throws -> TCPProbe {
        var target = TCPProbe.Target(host: host, port: port)
        target.send = send
        target.expectedPrefix = expect
        return try TCPProbe(target, resources: Fixture.resources)
    }

    @Test func connects() async throws {
        for host in ["127.0.0.1", "::1"] {
            try await TestServer.with(.silent, host: host) { server in
                let result = try await probe(host, server.port).run(timeout: patience)
                #expect(result.status == .up, "\(result)")
            }
        }
    }

    @Test func talks() async throws {
        try await TestServer.with(.answerAndHold(Array("+PONG\r\n".utf8))) { server in
            let result = try await probe("127.0.0.1", server.port, send: "PING\r\n", expect: "+PONG").run(
                timeout: patience
            )
            #expect(result.status == .up)
            #expect(server.received == ["PING\r\n"])
        }
        try await TestServer.with(.greet(Array("220 mail\r\n".utf8))) { server in
            #expect(try await probe("127.0.0.1", server.port, expect: "220 ").run(timeout: patience).status == .up)
            let wrong = try await probe("127.0.0.1", server.port, expect: "SSH-").run(timeout: patience)
            #expect(wrong.status == .down)
            #expect(wrong.reason == "expected an answer that begins with \"SSH-\", found \"220 mail \"")
        }
    }

    @Test func broken() async throws {
        let refused = try await probe("127.0.0.1", try await Fixture.closedPort()).run(timeout: patience)
        #expect(refused.status == .down)
        #expect(refused.reason == "connection refused")
        try await TestServer.with(.close) { server in
            let result = try await probe("127.0.0.1", server.port, expect: "220").run(timeout: patience)
            #expect(result.reason == "the connection was closed; expected \"220\", found nothing")
        }
        try await TestServer.with(.reset) { server in
            let result = try await probe("127.0.0.1", server.port, send: "x", expect: "220").run(timeout: patience)
            #expect(result.reason == "connection reset")
        }
        try await TestServer.with(.silent) { server in
            let result = await Fixture.late(try probe("127.0.0.1", server.port, send: "x", expect: "220"))
            #expect(result.status == .down)
            #expect(result.reason == "timed out after 300ms waiting for the answer")
        }
    }

    @Test func connectingTimesOut() async throws {
        // A listener whose queue is full drops what comes: 198.18/15 would do as well, but is not on this machine.
        let full = try FullListener()
        let result = await Fixture.late(try probe("127.0.0.1", full.port))
        #expect(result.status == .down)
        #expect(result.reason == "timed out after 300ms while connecting")
    }

    @Test func badTargetsAreRefused() {
        #expect(throws: ProbeConfigurationError.self) { try probe("", 1) }
        #expect(throws: ProbeConfigurationError.self) { try probe("h", 0) }
        #expect(throws: ProbeConfigurationError.self) { try probe("h", 65_536) }
    }
}
