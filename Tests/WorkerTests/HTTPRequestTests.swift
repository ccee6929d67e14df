// SPDX-License-Identifier: Apache-2.0
// Martlet: http.request against a real server: what goes out, and what each answer means.
import Crypto
import Foundation
import Jobs
import NIOHTTP1
import TestSupport
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(2))) struct HTTPRequestTests {
    @Test func deliversASignedWebhook() async throws {
        let secret = Data(repeating: 7, count: 32)
        try await TestServer.with(reply: { _ in .answer(200, body: Array("grüß \"dich\"\n".utf8)) }) {
            server async throws in
            try await Fixture.with(secrets: "default=whsec_\(secret.base64EncodedString())") { fixture async throws in
                let body = "{\"b\": 1.10, \"a\": [1,2]}"
                let args =
                    "{\"url\": \"http://hook.test:\(server.port)/p?q=1\", \"headers\": {\"X-A\": \"ä b\"}, \"body\": \(body)}"
                let result = try #require(try await fixture.run(args, id: 77, attempt: 3))
                #expect(result.hasPrefix("{\"status\":200,\"duration_ms\":"))
                #expect(result.hasSuffix(",\"body\":\"grüß \\\"dich\\\"\\n\"}"))
                _ = try JSONSerialization.jsonObject(with: Data(result.utf8))

                let request = try #require(server.requests.first)
                #expect(server.requests.count == 1)
                #expect(request.head.method == .POST && request.head.uri == "/p?q=1")
                #expect(String(decoding: request.body, as: UTF8.self) == body)
                #expect(request.header("host") == "hook.test:\(server.port)")
                #expect(request.header("content-type") == "application/json")
                #expect(request.header("content-length") == "\(body.utf8.count)")
                #expect(request.header("x-a") == "ä b")
                #expect(request.header("martlet-job-id") == "77" && request.header("webhook-id") == "77")
                #expect(request.header("martlet-epoch") == "7" && request.header("martlet-attempt") == "3")
                #expect(request.header("traceparent") == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                #expect(request.header("tracestate") == "vendor=x")
                #expect(request.header("webhook-timestamp") == "1614265330")
                let code = HMAC<SHA256>.authenticationCode(
                    for: Data("77.1614265330.\(body)".utf8),
                    using: SymmetricKey(data: secret)
                )
                #expect(request.header("webhook-signature") == "v1,\(Data(code).base64EncodedString())")
            }
        }
    }

    @Test func namedSecretsAndNone() async throws {
        let (one, two) = (
            "whsec_" + Data(repeating: 1, count: 24).base64EncodedString(),
            "whsec_" + Data(repeating: 2, count: 24).base64EncodedString()
        )
        try await TestServer.with(reply: { _ in .answer(204) }) { server async throws in
            let url = "\"url\": \"http://hook.test:\(server.port)\""
            try await Fixture.with(secrets: "a=\(one),a=\(two)") { fixture async throws in
                #expect(try await fixture.run("{\(url)}")?.contains("body") == false)
                _ = try await fixture.run("{\(url), \"secret\": \"a\", \"method\": \"put\", \"body_text\": \"hi\"}")
                let failure = try await fixture.failure("{\(url), \"secret\": \"b\"}")
                #expect(!failure.isRetryable && failure.message.contains("secret: "))
            }
            #expect(server.requests.count == 2)
            #expect(server.requests[0].header("webhook-signature") == nil)
            #expect(server.requests[0].header("content-length") == "0")
            #expect(server.requests[1].header("webhook-signature")?.split(separator: " ").count == 2)
            #expect(server.requests[1].head.method == .PUT)
            #expect(server.requests[1].header("content-type") == "text/plain; charset=utf-8")
        }
    }

    @Test func keepsConnections() async throws {
        try await TestServer.with(reply: { _ in .answer(200, body: [0x61]) }) { server async throws in
            try await Fixture.with { fixture async throws in
                for id in 1...20 {
                    _ = try await fixture.run("{\"url\": \"http://hook.test:\(server.port)\"}", id: Int64(id))
                }
            }
            #expect(server.requests.count == 20 && server.connections == 1)
        }
    }

    @Test(arguments: [
        (200, true, false), (201, true, false), (299, true, false), (300, false, false), (301, false, false),
        (302, false, true),
        (303, false, true), (304, false, false), (307, false, true), (308, false, false), (400, false, false),
        (401, false, false),
        (404, false, false), (408, false, true), (409, false, false), (410, false, false), (422, false, false),
        (425, false, true),
        (429, false, true), (500, false, true), (501, false, true), (502, false, true), (503, false, true),
        (504, false, true), (599, false, true),
    ])
    func judges(status: Int, isSuccess: Bool, isRetryable: Bool) async throws {
        try await TestServer.with(reply: { _ in .answer(status, body: status == 304 ? [] : Array("why\r\nnot".utf8)) })
        { server async throws in
            try await Fixture.with { fixture async throws in
                let args = "{\"url\": \"http://hook.test:\(server.port)\"}"
                if isSuccess {
                    #expect(try await fixture.run(args) != nil)
                } else {
                    let failure = try await fixture.failure(args)
                    #expect(failure.isRetryable == isRetryable)
                    #expect(failure.message.contains("answered \(status)"))
                    #expect(status == 304 || failure.message.contains("why"))
                    #expect(!failure.message.contains("\n") && !failure.message.contains("\r"))
                }
            }
        }
    }

    @Test func expectedStatusesReplaceTheRule() async throws {
        for (status, expected, isSuccess) in [(409, "[200, 409]", true), (200, "[201]", false), (503, "[201]", false)] {
            try await TestServer.with(reply: { _ in .answer(status) }) { server async throws in
                try await Fixture.with { fixture async throws in
                    let args = "{\"url\": \"http://hook.test:\(server.port)\", \"expect_status\": \(expected)}"
                    if isSuccess {
                        #expect(try await fixture.run(args) != nil)
                    } else {
                        #expect(try await fixture.failure(args).isRetryable == (status == 503))
                    }
                }
            }
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await TestServer.with(reply: { _ in .answer(200) }) { inner async throws in
            let location = "http://127.0.0.1:\(inner.port)/secret"
            try await TestServer.with(reply: { _ in .answer(307, headers: [("location", location)]) }) {
                server async throws in
                try await Fixture.with { fixture async throws in
                    let failure = try await fixture.failure("{\"url\": \"http://hook.test:\(server.port)\"}")
                    #expect(failure.message.contains("a redirect to \(location), and redirects are not followed"))
                }
                #expect(server.requests.count == 1)
            }
            #expect(inner.connections == 0)
        }
    }

    @Test(
        arguments: [
            (429, "7", 7), (503, "Thu, 25 Feb 2021 15:02:40 GMT", 30), (500, "999999", 3600), (503, "soon", nil),
            (404, "7", nil),
        ] as [(Int, String, Int?)]
    )
    func honoursRetryAfter(status: Int, value: String, seconds: Int?) async throws {
        try await TestServer.with(reply: { _ in .answer(status, headers: [("retry-after", value)]) }) {
            server async throws in
            try await Fixture.with { fixture async throws in
                let failure = try await fixture.failure("{\"url\": \"http://hook.test:\(server.port)\"}")
                #expect(failure.retryAfter == seconds.map { .seconds($0) })
            }
        }
    }

    @Test(arguments: [TestServer.Reply.silence, .stall(200, firstBytes: [0x61])])
    func timesOut(reply: TestServer.Reply) async throws {
        try await TestServer.with(reply: { _ in reply }) { server async throws in
            try await Fixture.with { fixture async throws in
                let started = ContinuousClock.now
                let failure = try await fixture.failure(
                    "{\"url\": \"http://hook.test:\(server.port)\", \"timeout\": 2}"
                )
                #expect(ContinuousClock.now - started < patience)
                #expect(failure.isRetryable)
                #expect(failure.message == "http://hook.test:\(server.port): no complete answer within PT2S")
                try await eventually("the connection is closed") { server.closedConnections == server.connections }
            }
        }
    }

    @Test func aHugeBodyIsCutAndItsConnectionClosed() async throws {
        try await TestServer.with(reply: { _ in .endless(200) }) { server async throws in
            try await Fixture.with { fixture async throws in
                let result = try #require(try await fixture.run("{\"url\": \"http://hook.test:\(server.port)\"}"))
                #expect(result.hasSuffix(",\"body\":\"\(String(repeating: "x", count: 4096))\"}"))
                try await eventually("the connection is closed") { server.closedConnections == 1 }
                #expect(server.bytesWritten < 64 << 20)
            }
        }
    }

    @Test func bodiesThatAreNoTextAreLeftOut() async throws {
        let cut = Array(String(repeating: "ü", count: 3000).utf8)
        for (body, expected) in [
            ([0xFF, 0xFE] as [UInt8], nil), (Array("a\0b".utf8), nil),
            (Array("a\u{1}\t\u{7F}".utf8), "a\\u0001\\u0009\u{7F}"),
            ([0x20] + cut, " " + String(repeating: "ü", count: 2047)), ([], nil),
        ] {
            try await TestServer.with(reply: { _ in .answer(200, body: body) }) { server async throws in
                try await Fixture.with { fixture async throws in
                    let result = try #require(try await fixture.run("{\"url\": \"http://hook.test:\(server.port)\"}"))
                    if let expected {
                        #expect(result.hasSuffix(",\"body\":\"\(expected)\"}"))
                    } else {
                        #expect(!result.contains("\"body\""))
                    }
                }
            }
        }
    }

    @Test(arguments: [TestServer.Reply.silence, .stall(200, firstBytes: [0x61])])
    func cancellationEndsTheRequest(reply: TestServer.Reply) async throws {
        try await TestServer.with(reply: { _ in reply }) { server async throws in
            try await Fixture.with { fixture async throws in
                let task = Task {
                    try await fixture.run("{\"url\": \"http://hook.test:\(server.port)\", \"timeout\": 300}")
                }
                try await eventually("the request arrives") { server.requests.count == 1 }
                let started = ContinuousClock.now
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
                #expect(ContinuousClock.now - started < .seconds(100))
                try await eventually("the connection is closed") { server.closedConnections == 1 }
            }
        }
    }

    @Test func aClosedConnectionIsRetryable() async throws {
        try await TestServer.with(reply: { _ in .close }) { server async throws in
            try await Fixture.with { fixture async throws in
                let failure = try await fixture.failure("{\"url\": \"http://hook.test:\(server.port)\"}")
                #expect(failure.isRetryable && failure.message.contains("closed"), "\(failure.message)")
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test func busyConnectionsSnoozeTheJob() async throws {
        try await TestServer.with(reply: { _ in .silence }) { server async throws in
            try await Fixture.with(connectTimeout: .seconds(2), connectionsPerHost: 1) { fixture async throws in
                let args = "{\"url\": \"http://hook.test:\(server.port)\", \"timeout\": 60}"
                let task = Task { try await fixture.run(args) }
                try await eventually("the first request arrives") { server.requests.count == 1 }
                await #expect(throws: JobSnooze.self) { _ = try await fixture.run(args) }
                task.cancel()
                _ = await task.result
            }
        }
    }
}
