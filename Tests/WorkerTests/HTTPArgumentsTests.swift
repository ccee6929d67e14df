// SPDX-License-Identifier: Apache-2.0
// Martlet: the arguments of http.request, the raw body and the Retry-After header.
import Jobs
import Platform
import Testing

@testable import Worker

@Suite struct HTTPArgumentsTests {
    @Test(arguments: [
        ("{}", "url: is required"), ("{\"url\": 5}", "url: must be a text"),
        ("{\"url\": \"x\"}", "url: must start with"),
        ("{\"url\": \"http://a\", \"method\": \"TRACE\"}", "method: must be one of"),
        ("{\"url\": \"http://a\", \"method\": \"GET /\"}", "method: must be one of"),
        ("{\"url\": \"http://a\", \"timeout\": 0}", "timeout:"),
        ("{\"url\": \"http://a\", \"timeout\": 301}", "timeout:"),
        ("{\"url\": \"http://a\", \"timeout\": \"PT6M\"}", "PT5M"),
        ("{\"url\": \"http://a\", \"timeout\": {}}", "timeout:"),
        ("{\"url\": \"http://a\", \"headers\": []}", "headers: must be an object"),
        ("{\"url\": \"http://a\", \"headers\": {\"x\": 1}}", "headers.x: must be a text"),
        ("{\"url\": \"http://a\", \"headers\": {\"x y\": \"1\"}}", "headers.xy: is not a header name"),
        ("{\"url\": \"http://a\", \"headers\": {\"\": \"1\"}}", "is not a header name"),
        ("{\"url\": \"http://a\", \"headers\": {\":path\": \"1\"}}", "is not a header name"),
        ("{\"url\": \"http://a\", \"headers\": {\"x\\r\\ny\": \"1\"}}", "is not a header name"),
        ("{\"url\": \"http://a\", \"headers\": {\"x\": \"1\\r\\nHost: b\"}}", "headers.x: holds control characters"),
        ("{\"url\": \"http://a\", \"headers\": {\"x\": \"1\\u0000\"}}", "headers.x: holds control characters"),
        ("{\"url\": \"http://a\", \"headers\": {\"x\": \"1\\n2\"}}", "headers.x: holds control characters"),
        ("{\"url\": \"http://a\", \"headers\": {\"Host\": \"b\"}}", "headers.Host: must not be set"),
        ("{\"url\": \"http://a\", \"headers\": {\"content-LENGTH\": \"1\"}}", "must not be set"),
        ("{\"url\": \"http://a\", \"headers\": {\"Transfer-Encoding\": \"chunked\"}}", "must not be set"),
        ("{\"url\": \"http://a\", \"headers\": {\"connection\": \"close\"}}", "must not be set"),
        ("{\"url\": \"http://a\", \"headers\": {\"Webhook-Signature\": \"v1,x\"}}", "is set by Martlet itself"),
        ("{\"url\": \"http://a\", \"headers\": {\"martlet-epoch\": \"1\"}}", "is set by Martlet itself"),
        ("{\"url\": \"http://a\", \"body\": 1, \"body_text\": \"\"}", "body_text: must not be given beside body"),
        ("{\"url\": \"http://a\", \"method\": \"GET\", \"body\": 1}", "body: is not allowed with GET"),
        ("{\"url\": \"http://a\", \"method\": \"HEAD\", \"body_text\": \"x\"}", "body_text: is not allowed with HEAD"),
        ("{\"url\": \"http://a\", \"b\\u006fdy\": 1}", "body: must have its name"),
        ("{\"url\": \"http://a\", \"expect_status\": []}", "expect_status:"),
        ("{\"url\": \"http://a\", \"expect_status\": [199]}", "expect_status:"),
        ("{\"url\": \"http://a\", \"expect_status\": 200}", "expect_status:"),
        ("{\"url\": \"http://a\", \"secret\": 1}", "secret: must be a text"),
        ("{\"url\": \"http://a\", \"retries\": 1}", "retries: is not an argument of http.request"),
    ])
    func refuses(args: String, message: String) throws {
        let error = #expect(throws: JobFailure.self) { _ = try HTTPRequestArguments(job("http.request", args)) }
        let failure = try #require(error)
        #expect(!failure.isRetryable)
        #expect(failure.message.contains(message), "\(failure.message)")
    }

    @Test func boundsHeaders() throws {
        let many = (0...64).map { "\"x\($0)\": \"\"" }.joined(separator: ",")
        let large = "\"x\": \"\(String(repeating: "a", count: 17_000))\""
        for (headers, message) in [(many, "more than 64 members"), (large, "more than 16384 bytes")] {
            let error = #expect(throws: JobFailure.self) {
                _ = try HTTPRequestArguments(job("http.request", "{\"url\": \"http://a\", \"headers\": {\(headers)}}"))
            }
            #expect(error?.message.contains(message) == true)
        }
    }

    @Test func defaultsAndNulls() throws {
        for args in [
            "{\"url\": \"http://a\"}", "{\"url\": \"http://a\", \"body\": null, \"timeout\": null, \"headers\": null}",
        ] {
            let arguments = try HTTPRequestArguments(job("http.request", args))
            #expect(arguments.method == "POST" && arguments.body.isEmpty && arguments.contentType == nil)
            #expect(arguments.timeout == .seconds(30) && arguments.expectedStatuses == nil && arguments.secret == nil)
        }
    }

    /// Numbers, order, white space and escapes must reach the receiver as they came, for a signature is over bytes.
    @Test(arguments: [
        "{\"b\": 1.10, \"a\": 12345678901234567890123, \"c\": [ ]}", "\"text \\\"quoted\\\" \\\\\"",
        "[1,[2,{\"x\":\"]}\"}]]", "0", "true",
        "{}", "\"\"", "-1.5e-10", "{\"body\": \"inner\"}", "\"\\\\\"",
    ])
    func bodyIsVerbatim(body: String) throws {
        for args in [
            "{\"url\": \"http://a\", \"body\": \(body)}", "{\"body\":\(body),\"url\":\"http://a\"}",
            " {\n\"headers\" : {\"body\": \"no, not this one\"} ,\t\"body\" :\n \(body) , \"url\" : \"http://a\" } ",
        ] {
            let arguments = try HTTPRequestArguments(job("http.request", args))
            #expect(String(decoding: arguments.body, as: UTF8.self) == body)
            #expect(arguments.contentType == "application/json")
        }
    }

    @Test(arguments: [
        "", "{", "{\"", "{\"body\"", "{\"body\":", "{\"body\":\"", "{\"body\":\"\\", "{\"body\":[", "[1]", "{\"a\":1",
        "{,}", "{\"body\":}",
    ])
    func brokenJSONNeverTrapsTheScanner(json: String) {
        _ = JSONMember.bytes(of: "body", in: Array(json.utf8))
    }

    @Test(arguments: [
        ("0", 0), ("120", 120), (" 120 ", 120), ("3600", 3600), ("3601", 3600), ("99999999999999999999999", 3600),
        ("Thu, 25 Feb 2021 15:02:40 GMT", 30), ("Thursday, 25-Feb-21 15:02:40 GMT", 30),
        ("Thu Feb 25 15:02:40 2021", 30),
        ("Thu Feb  5 15:02:40 2021", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Fri, 26 Feb 2021 15:02:40 GMT", 3600),
    ])
    func readsRetryAfter(text: String, seconds: Int) {
        #expect(RetryAfter.pause(text, now: Fixture.time) == .seconds(seconds), "\(text)")
    }

    @Test(arguments: [
        "", "-1", "1.5", "soon", "Thu, 25 Feb 2021 15:02:40", "Thu, 31 Feb 2021 15:02:40 GMT",
        "Thu, 25 Feb 2021 25:02:40 GMT", "a b c d e", "1 2",
    ])
    func ignoresBadRetryAfter(text: String) {
        #expect(RetryAfter.pause(text, now: Fixture.time) == nil)
    }
}
