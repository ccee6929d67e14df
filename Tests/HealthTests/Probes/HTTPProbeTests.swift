// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the HTTP probe against servers that answer well and badly.

import TestSupport
import Testing

@testable import Health

@Suite struct HTTPProbeTests {
    private func probe(_ url: String, _ change: (inout HTTPProbe.Target) throws -> Void = { _ in }) throws -> HTTPProbe
    {
        var target = HTTPProbe.Target(url: url)
        try change(&target)
        return try HTTPProbe(target, resources: Fixture.resources)
    }

    @Test func upWithFacts() async throws {
        try await TestServer.with(.http("200 OK", "x-a: 1\r\nX-A: 2\r\n", body: #"{"status":"UP"}"#)) { server in
            let probe = try probe("http://127.0.0.1:\(server.port)/health?a=b") {
                $0.expectations = try conditions(
                    "status == 200",
                    "header.x-a == \"1, 2\"",
                    "json.status == UP",
                    "body contains UP",
                    "latency < 60s",
                    "certificate absent"
                )
                $0.method = "post"
                $0.headers = [("Authorization", "Bearer x")]
                $0.body = Array("hello".utf8)
            }
            let result = await probe.run(timeout: patience)
            #expect(result.status == .up, "\(result)")
            #expect(result.reason == nil)
            let request = try #require(server.received.first)
            #expect(request.hasPrefix("POST /health?a=b HTTP/1.1\r\n"))
            #expect(request.contains("host: 127.0.0.1:\(server.port)\r\n"))
            #expect(request.contains("Authorization: Bearer x\r\n"))
            #expect(request.contains("content-length: 5\r\n"))
        }
    }

    @Test func statusDecidesByDefault() async throws {
        for (status, wanted) in [("204 No Content", ProbeResult.Status.up), ("302 Found", .down), ("503 Busy", .down)] {
            try await TestServer.with(.http(status)) { server in
                let result = try await probe("http://127.0.0.1:\(server.port)").run(timeout: patience)
                #expect(result.status == wanted)
                let reason = wanted == .up ? nil : "expected status in 200..299, found \(status.prefix(3))"
                #expect(result.reason == reason)
            }
        }
    }

    @Test func namesResolveAndIPv6Works() async throws {
        try await TestServer.with(.http("200 OK")) { server async throws in
            #expect(try await probe("http://localhost:\(server.port)").run(timeout: patience).status == .up)
        }
        try await TestServer.with(.http("200 OK"), host: "::1") { server async throws in
            #expect(try await probe("http://[::1]:\(server.port)/").run(timeout: patience).status == .up)
        }
    }

    @Test func nameNotFound() async throws {
        let result = try await probe("http://no-such-host.invalid/").run(timeout: .seconds(20))
        #expect(result.status == .down)
        let reason = try #require(result.reason)
        // Without a network the resolver gives up for now instead.
        #expect(reason == "name not found: no-such-host.invalid" || reason.contains("look"), "\(reason)")
        #expect(reason.contains("no-such-host.invalid"))
    }

    @Test func refused() async throws {
        let port = try await Fixture.closedPort()
        let result = try await probe("http://127.0.0.1:\(port)").run(timeout: patience)
        #expect(result.status == .down)
        #expect(result.reason == "connection refused")
        // Two addresses, two refusals.
        #expect(try await probe("http://localhost:\(port)").run(timeout: patience).reason == "connection refused")
    }

    @Test func reset() async throws {
        try await TestServer.with(.reset) { server in
            let result = try await probe("http://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason == "connection reset before the response head")
        }
    }

    @Test func closedBeforeHead() async throws {
        try await TestServer.with(.answer([])) { server in
            let result = try await probe("http://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.reason == "the connection was closed before the response head")
        }
        try await TestServer.with(.answer(Array("HTTP/1.1 200 OK\r\nx: ".utf8))) { server in
            let result = try await probe("http://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.reason == "the connection was closed before the response head")
        }
    }

    @Test func halfOpen() async throws {
        try await TestServer.with(.silent) { server in
            let result = await Fixture.late(try probe("http://127.0.0.1:\(server.port)"))
            #expect(result.status == .down)
            #expect(result.reason == "timed out after 300ms waiting for the response head")
        }
    }

    @Test func slowBody() async throws {
        let part = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789"
        try await TestServer.with(.answerAndHold(Array(part.utf8))) { server in
            let result = await Fixture.late(try probe("http://127.0.0.1:\(server.port)"))
            #expect(result.status == .down)
            #expect(result.reason == "timed out after 300ms while reading the body (10 bytes came)")
        }
    }

    @Test func truncatedBody() async throws {
        let part = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n0123456789"
        try await TestServer.with(.answer(Array(part.utf8))) { server in
            let result = try await probe("http://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason == "the connection was closed in the body (10 bytes came)")
        }
        let chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"
        try await TestServer.with(.answer(Array(chunk.utf8))) { server in
            let result = try await probe("http://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.reason == "the connection was closed in the body (5 bytes came)")
        }
    }

    @Test func malformedAnswer() async throws {
        try await TestServer.with(.answer(Array("220 smtp ready\r\n\r\n".utf8))) { server in
            let result = try await probe("http://127.0.0.1:\(server.port)").run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason == "malformed HTTP answer")
        }
    }

    @Test func longBodiesAreReadInPart() async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\nstart"
        let body = Array(head.utf8) + [UInt8](repeating: 65, count: 400 * 1_024)
        try await TestServer.with(.answerAndHold(body)) { server in
            let probe = try probe("http://127.0.0.1:\(server.port)") {
                $0.expectations = try conditions("body starts_with startAAA")
            }
            let result = await probe.run(timeout: patience)
            #expect(result.status == .up, "\(result)")
        }
    }

    @Test func wrongAnswers() async throws {
        try await TestServer.with(.http("200 OK", body: "<html>")) { server in
            let probe = try probe("http://127.0.0.1:\(server.port)") {
                $0.expectations = try conditions("json.status == UP")
            }
            let result = await probe.run(timeout: patience)
            #expect(result.status == .down)
            #expect(
                result.reason
                    == "expected json.status == UP, found the text is not JSON: this is not a JSON value (byte 0)"
            )
        }
    }

    @Test func redirects() async throws {
        try await TestServer.with(.http("200 OK", body: "there")) { goal in
            let location = "location: http://127.0.0.1:\(goal.port)/b\r\n"
            try await TestServer.with(.http("301 Moved", location)) { server in
                let probe = try probe("http://127.0.0.1:\(server.port)/a") {
                    $0.followRedirects = true
                    $0.headers = [("authorization", "secret")]
                    $0.expectations = try conditions("body == there", "status == 200")
                }
                let result = await probe.run(timeout: patience)
                #expect(result.status == .up, "\(result)")
                #expect(goal.received.first?.hasPrefix("GET /b ") == true)
                // Another origin must not see the credentials.
                #expect(goal.received.first?.contains("secret") == false)
                #expect(server.received.first?.contains("secret") == true)
            }
        }
        try await TestServer.with(.http("302 Found", "location: /again\r\n")) { server in
            let probe = try probe("http://127.0.0.1:\(server.port)") { $0.followRedirects = true }
            let result = await probe.run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason == "more than 5 redirects")
            #expect(server.received.count == 6)
        }
    }

    @Test func cancellationEndsEarly() async throws {
        try await TestServer.with(.silent) { server in
            let probe = try probe("http://127.0.0.1:\(server.port)")
            let start = ContinuousClock.now
            let result = await withTaskGroup(of: ProbeResult.self) { group in
                group.addTask { await probe.run(timeout: .seconds(600)) }
                group.cancelAll()
                return await group.next()
            }
            #expect(result?.status == .unknown)
            #expect(result?.reason == "the probe was cancelled")
            #expect(ContinuousClock.now - start < patience)
        }
    }

    @Test func badTargetsAreRefused() {
        for url in [
            "", "ftp://x", "http://", "http://u:p@h/", "http://h:0/", "http://h:99999", "http://[::1", "http://a b/",
        ] {
            #expect(throws: ProbeConfigurationError.self, "\(url)") { try probe(url) }
        }
        #expect(throws: ProbeConfigurationError.self) { try probe("http://h") { $0.method = "GE T" } }
        #expect(throws: ProbeConfigurationError.self) { try probe("http://h") { $0.headers = [("a", "b\r\nc: d")] } }
    }

    @Test(
        arguments: [
            ("/b", "http://h:8080/b"), ("c?d", "http://h:8080/a/c"), ("?q", "http://h:8080/a/x"),
            ("//i/j", "http://i/j"), ("https://k", "https://k/"),
        ]
    )
    func locationsAreRelative(_ location: String, _ expected: String) throws {
        #expect(try ProbeURL("http://h:8080/a/x?y").following(location).description == expected)
    }
}
