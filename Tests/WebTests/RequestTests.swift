// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of what every request meets: ids, problems, keys, metrics.

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Platform
import Testing

@testable import Web

@Suite struct RequestTests {
    private func problem(_ response: TestResponse) throws -> TestProblem {
        try TestProblem(response.status, response.headers, response.body)
    }

    @Test func everyAnswerBearsARequestID() async throws {
        try await WebFixture().service.makeApplication().test(.router) { client in
            let own = try await client.execute(uri: "/things/1", method: .get)
            let made = try #require(own.headers[.xRequestID])
            #expect(made.count == 16 && made.allSatisfy { $0.isHexDigit })
            let again = try await client.execute(uri: "/things/1", method: .get)
            #expect(again.headers[.xRequestID] != made)
            let given = try await client.execute(uri: "/nowhere", method: .get, headers: [.xRequestID: "abc-1.2"])
            #expect(given.headers[.xRequestID] == "abc-1.2")
            #expect(try problem(given)["instance"] == "abc-1.2")
            for bad in ["", "a b", "a\"b", "ä", String(repeating: "x", count: 129)] {
                let response = try await client.execute(uri: "/things/1", method: .get, headers: [.xRequestID: bad])
                #expect(response.headers[.xRequestID] != bad)
            }
        }
    }

    @Test func unknownPathsAndMethodsAreProblems() async throws {
        try await WebFixture().service.makeApplication().test(.router) { client in
            let missing = try await client.execute(uri: "/nowhere/at/all", method: .get)
            #expect(missing.status == .notFound)
            #expect(try problem(missing)["type"] == "/problems/unknown-route")
            let wrong = try await client.execute(uri: "/things/1", method: .delete)
            #expect(wrong.status == .methodNotAllowed)
            #expect(wrong.headers[.allow] == "GET, PUT, HEAD")
            #expect(try problem(wrong)["type"] == "/problems/method-not-allowed")
            let head = try await client.execute(uri: "/things/1", method: .head)
            #expect(head.status == .ok)
            #expect(head.body.readableBytes == 0)
            let strange = try await client.execute(uri: "/things/1", method: #require(HTTPRequest.Method("BREW")))
            #expect(strange.status == .notFound)
        }
    }

    @Test func faultsOfOursShowNothingOfThemselves() async throws {
        try await WebFixture().service.makeApplication().test(.router) { client in
            let response = try await client.execute(uri: "/broken", method: .get)
            #expect(response.status == .internalServerError)
            #expect(try problem(response)["type"] == "/problems/internal-error")
            #expect(!String(buffer: response.body).contains("SELECT"))
        }
    }

    @Test func everyProblemTypeIsExplainedAtItsAddress() async throws {
        try await WebFixture().service.makeApplication().test(.router) { client in
            for kind in ProblemKind.all {
                let response = try await client.execute(uri: kind.type, method: .get)
                #expect(response.status == .ok)
                #expect(String(buffer: response.body).contains("\"type\":\"\(kind.type)\""))
            }
            #expect(try await client.execute(uri: "/problems/none", method: .get).status == .notFound)
        }
        #expect(Set(ProblemKind.all.map(\.name)).count == ProblemKind.all.count)
    }

    @Test func bodiesAreCheckedForTypeAndSize() async throws {
        try await WebFixture().service.makeApplication().test(.router) { client in
            func post(_ type: String?, _ count: Int, coding: String? = nil) async throws -> TestResponse {
                var headers: HTTPFields = [:]
                headers[.contentType] = type
                headers[.contentEncoding] = coding
                return try await client.execute(
                    uri: "/echo",
                    method: .post,
                    headers: headers,
                    body: ByteBuffer(repeating: UInt8(ascii: "x"), count: count)
                )
            }
            for type in ["application/json", "Application/JSON; charset=UTF-8", "text/plain;charset=\"utf-8\""] {
                #expect(try await post(type, 1_000).status == .ok, "\(type)")
            }
            for type in [nil, "text/html", "application/jsonx", "application/json; charset=latin-1"] {
                let response = try await post(type, 10)
                #expect(response.status == .unsupportedMediaType)
                #expect(try problem(response)["detail"]?.contains("application/json") == true)
            }
            #expect(try await post("application/json", 10, coding: "gzip").status == .unsupportedMediaType)
            let large = try await post("application/json", 1_001)
            #expect(large.status == .contentTooLarge)
            #expect(try problem(large)["detail"]?.contains("1000") == true)
            #expect(large.headers[.connection] == "close")
        }
    }

    @Test func keysAreAskedForAndCompared() async throws {
        let keys = APIKeys(["another-key-0123456789", WebFixture.key])
        try await WebFixture(keys: keys).service.makeApplication().test(.router) { client in
            let none = try await client.execute(uri: "/things/1", method: .get)
            #expect(none.status == .unauthorized)
            #expect(none.headers[.wwwAuthenticate] == "Bearer realm=\"martlet\"")
            #expect(try problem(none)["type"] == "/problems/unauthorized")
            for bad in ["Bearer", "Bearer x", "Basic \(WebFixture.key)", WebFixture.key, "Bearer \(WebFixture.key)x"] {
                let response = try await client.execute(uri: "/things/1", method: .get, headers: [.authorization: bad])
                #expect(response.status == .unauthorized, "\(bad)")
                #expect(response.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
            }
            for good in ["Bearer \(WebFixture.key)", "bearer  \(WebFixture.key)", "Bearer another-key-0123456789"] {
                let response = try await client.execute(uri: "/things/1", method: .get, headers: [.authorization: good])
                #expect(response.status == .ok, "\(good)")
            }
            #expect(try await client.execute(uri: "/things/1", method: .head).status == .unauthorized)
            #expect(try await client.execute(uri: "/health/live", method: .get).status == .ok)
            #expect(try await client.execute(uri: "/metrics", method: .get).status == .ok)
        }
    }

    @Test func requestsAreCountedByPattern() async throws {
        let fixture = WebFixture()
        try await fixture.service.makeApplication().test(.router) { client in
            for id in 1...3 { _ = try await client.execute(uri: "/things/\(id)", method: .get) }
            _ = try await client.execute(uri: "/secret-path", method: .get)
            _ = try await client.execute(uri: "/things/1", method: #require(HTTPRequest.Method("BREW")))
            let page = String(buffer: try await client.execute(uri: "/metrics", method: .get).body)
            #expect(page.contains(#"martlet_http_requests_total{method="GET",route="/things/{id}",status="2xx"} 3"#))
            #expect(page.contains(#"martlet_http_request_duration_seconds_count{method="GET",route="/things/{id}"} 3"#))
            #expect(page.contains(#"method="other""#))
            #expect(!page.contains("secret-path"))
            let open = try await client.execute(
                uri: "/metrics",
                method: .get,
                headers: [.accept: "application/openmetrics-text"]
            )
            #expect(open.headers[.contentType]?.hasPrefix("application/openmetrics-text") == true)
            #expect(String(buffer: open.body).hasSuffix("# EOF\n"))
        }
    }

    @Test func queryParametersAreCheckedTogether() async throws {
        let fixture = WebFixture { routes in
            routes.add(.get, "/query") { request, _ in
                var query = QueryReader(request)
                let limit = query.int("limit", default: 5, in: 1...10)
                let pause = query.duration("pause", default: .seconds(1), in: .zero ... .seconds(60))
                try query.finish()
                return .bytes(Array("\(limit) \(pause)".utf8), type: "text/plain")
            }
        }
        try await fixture.service.makeApplication().test(.router) { client in
            let good = try await client.execute(uri: "/query?limit=7&pause=PT2S", method: .get)
            #expect(String(buffer: good.body) == "7 2.0 seconds")
            let bad = try await client.execute(uri: "/query?limit=11&pause=x&limt=3&limit=2", method: .get)
            #expect(bad.status == .badRequest)
            let errors = try problem(bad).errors
            #expect(Set(errors.keys) == ["limit", "pause", "limt"])
        }
    }
}
