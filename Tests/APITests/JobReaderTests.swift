// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of reading jobs from bodies, without a server.

import Jobs
import Platform
import Testing
import Web

@testable import API

@Suite struct JobReaderTests {
    private func single(_ text: String) throws(ProblemError) -> NewJob { try JobBody.single(Array(text.utf8)) }

    @Test func everyFieldIsRead() throws {
        let job = try single(
            #"""
            {"kind":"http.request","args":{"url" : "http://x/", "n":1.0e+1},"queue":"mail","priority":3,"delay":"PT1M30S",
             "max_attempts":7,"timeout":2.5,"backoff":{"type":"linear","base":"PT2S","cap":60},"unique_key":"k/1 ä",
             "unique_for":"P1D","tags":["a","b:c"],"metadata":{"x":[1, 2]}}
            """#
        )
        #expect(job.kind == "http.request")
        #expect(String(decoding: job.args, as: UTF8.self) == #"{"url" : "http://x/", "n":1.0e+1}"#)
        #expect(job.queue == "mail")
        #expect(job.priority == 3)
        #expect(job.start == .after(.seconds(90)))
        #expect(job.options.maxAttempts == 7)
        #expect(job.options.timeout == .milliseconds(2_500))
        #expect(job.options.retry == RetryPolicy(kind: .linear, base: .seconds(2), cap: .seconds(60)))
        #expect(job.uniqueKey == NewJob.UniqueKey(key: "k/1 ä", duration: .seconds(86_400)))
        #expect(job.tags == ["a", "b:c"])
        #expect(job.metadata.map { String(decoding: $0, as: UTF8.self) } == #"{"x":[1, 2]}"#)
    }

    /// What programs make of 0.1 + 0.2, and of large or small numbers.
    @Test(arguments: [("0.30000000000000004", 300_000_000), ("1e2", 100_000_000_000), ("2.5E-1", 250_000_000)])
    func everyJSONNumberIsADuration(number: String, nanoseconds: Int64) throws {
        #expect(try single(#"{"kind":"k","delay":\#(number)}"#).start == .after(.nanoseconds(nanoseconds)))
    }

    @Test func defaultsHold() throws {
        let job = try single(#"{"kind":"noop"}"#)
        #expect(job.args == Array("{}".utf8))
        #expect((job.queue, job.priority) == ("default", 0))
        #expect(job.start == .now)
        #expect(job.options == .standard)
        #expect(job.tags.isEmpty && job.metadata == nil && job.uniqueKey == nil)
    }

    @Test(arguments: ["null", "0", "\"text\"", "[1,2]", "true", "12345678901234567890123456789"])
    func argumentsMayBeAnyValue(args: String) throws {
        #expect(try single("{\"kind\":\"k\",\"args\":\(args)}").args == Array(args.utf8))
    }

    @Test func nullMeansAbsentForOptionalFields() throws {
        let fields = JobField.allCases.filter { $0 != .kind && $0 != .args }.map { "\"\($0.name)\":null" }.joined(
            separator: ","
        )
        let job = try single("{\"kind\":\"k\",\(fields)}")
        #expect((job.queue, job.priority, job.start) == ("default", 0, .now))
        #expect(job.options == .standard)
    }

    @Test func keysWithEscapesAreTheSameKeys() throws {
        #expect(try single(#"{"\u006bind":"noop","que\u0075e":"q"}"#).queue == "q")
    }

    @Test func timesInThePastMeanNow() throws {
        #expect(try single(#"{"kind":"k","scheduled_at":"2001-01-01T00:00:00Z"}"#).start == .now)
        let soon = (Timestamp.now() + .seconds(3_600))
        let job = try single("{\"kind\":\"k\",\"scheduled_at\":\"\(soon)\"}")
        #expect(job.start == .at(microseconds: soon.microseconds))
    }

    /// Everything that design 7.8 names, and the pointers that the errors must bear.
    static let badFields: [(String, [String])] = [
        (#"{}"#, ["/kind"]), (#"[]"#, [""]), (#""noop""#, [""]), (#"null"#, [""]), (#"7"#, [""]),
        (#"{"kind":null}"#, ["/kind"]), (#"{"kind":""}"#, ["/kind"]), (#"{"kind":7}"#, ["/kind"]),
        (#"{"kind":"a b"}"#, ["/kind"]), (#"{"kind":"é"}"#, ["/kind"]), (#"{"kind":"a\u0000"}"#, ["/kind"]),
        (#"{"kind":"\#(String(repeating: "k", count: 129))"}"#, ["/kind"]),
        (#"{"kind":"k","kind":"k"}"#, ["/kind"]), (#"{"kind":"k","\u006bind":"k"}"#, ["/kind"]),
        (#"{"kind":"k","colour":1}"#, ["/colour"]), (#"{"kind":"k","a/b~c":1}"#, ["/a~1b~0c"]),
        (#"{"kind":"k","":1}"#, ["/"]),
        (#"{"kind":"k","Queue":"x"}"#, ["/Queue"]), (#"{"kind":"k","queuf":"x"}"#, ["/queuf"]),
        (#"{"kind":"k","queue":["x"]}"#, ["/queue"]), (#"{"kind":"k","queue":"x\ny"}"#, ["/queue"]),
        (#"{"kind":"k","queue":"\#(String(repeating: "q", count: 65))"}"#, ["/queue"]),
        (#"{"kind":"k","priority":10}"#, ["/priority"]), (#"{"kind":"k","priority":-1}"#, ["/priority"]),
        (#"{"kind":"k","priority":1.5}"#, ["/priority"]), (#"{"kind":"k","priority":1e0}"#, ["/priority"]),
        (#"{"kind":"k","priority":"1"}"#, ["/priority"]), (#"{"kind":"k","priority":true}"#, ["/priority"]),
        (#"{"kind":"k","priority":99999999999999999999999999}"#, ["/priority"]),
        (#"{"kind":"k","max_attempts":0}"#, ["/max_attempts"]),
        (#"{"kind":"k","max_attempts":1001}"#, ["/max_attempts"]),
        (#"{"kind":"k","timeout":0}"#, ["/timeout"]), (#"{"kind":"k","timeout":"P8D"}"#, ["/timeout"]),
        (#"{"kind":"k","timeout":"30"}"#, ["/timeout"]), (#"{"kind":"k","timeout":-1}"#, ["/timeout"]),
        (#"{"kind":"k","timeout":1e30}"#, ["/timeout"]), (#"{"kind":"k","timeout":{}}"#, ["/timeout"]),
        (#"{"kind":"k","delay":"PT"}"#, ["/delay"]), (#"{"kind":"k","delay":"P2Y"}"#, ["/delay"]),
        (#"{"kind":"k","delay":31708800}"#, ["/delay"]), (#"{"kind":"k","delay":1e999}"#, ["/delay"]),
        (#"{"kind":"k","scheduled_at":"tomorrow"}"#, ["/scheduled_at"]),
        (#"{"kind":"k","scheduled_at":"2026-02-30T00:00:00Z"}"#, ["/scheduled_at"]),
        (#"{"kind":"k","scheduled_at":"2999-01-01T00:00:00Z"}"#, ["/scheduled_at"]),
        (#"{"kind":"k","scheduled_at":1700000000}"#, ["/scheduled_at"]),
        (#"{"kind":"k","scheduled_at":"2001-01-01T00:00:00Z","delay":1}"#, ["/delay"]),
        (#"{"kind":"k","backoff":"linear"}"#, ["/backoff"]),
        (#"{"kind":"k","backoff":{"type":"cubic"}}"#, ["/backoff/type"]),
        (#"{"kind":"k","backoff":{"type":1}}"#, ["/backoff/type"]),
        (#"{"kind":"k","backoff":{"base":"x"}}"#, ["/backoff/base"]),
        (#"{"kind":"k","backoff":{"base":9,"cap":3}}"#, ["/backoff/cap"]),
        (#"{"kind":"k","backoff":{"jitter":1}}"#, ["/backoff/jitter"]),
        (#"{"kind":"k","backoff":{"cap":1,"cap":1}}"#, ["/backoff/cap"]),
        (#"{"kind":"k","unique_key":""}"#, ["/unique_key"]),
        (#"{"kind":"k","unique_key":"a\u0000b"}"#, ["/unique_key"]),
        (#"{"kind":"k","unique_key":"\#(String(repeating: "u", count: 256))"}"#, ["/unique_key"]),
        (#"{"kind":"k","unique_key":5}"#, ["/unique_key"]), (#"{"kind":"k","unique_for":60}"#, ["/unique_for"]),
        (#"{"kind":"k","unique_key":"a","unique_for":0}"#, ["/unique_for"]),
        (#"{"kind":"k","tags":"a"}"#, ["/tags"]),
        (#"{"kind":"k","tags":["a",7,"a b","a"]}"#, ["/tags/1", "/tags/2", "/tags/3"]),
        (#"{"kind":"k","tags":[\#((0..<17).map { "\"t\($0)\"" }.joined(separator: ","))]}"#, ["/tags"]),
        (#"{"kind":"k","metadata":[]}"#, ["/metadata"]), (#"{"kind":"k","metadata":"x"}"#, ["/metadata"]),
        (#"{"kind":"k","metadata":{"x":"\#(String(repeating: "m", count: 16 << 10))"}}"#, ["/metadata"]),
        (#"{"kind":"k","args":"\#(String(repeating: "a", count: 1 << 20))"}"#, ["/args"]),
        (#"{"priority":11,"queue":"","x":1,"tags":7}"#, ["/priority", "/queue", "/x", "/tags", "/kind"]),
    ]

    @Test(arguments: badFields) func wrongFieldsAreAllNamed(text: String, pointers: [String]) throws {
        let problem = try #require(throws: ProblemError.self) { try single(text) }
        #expect(problem.kind == .invalidFields)
        #expect(problem.errors.map(\.place) == pointers.map { .pointer($0) })
        #expect(problem.errors.allSatisfy { $0.allowed != nil && !$0.detail.isEmpty })
    }

    static let malformed: [(String, String)] = [
        ("", ""), ("{", ""), (#"{"kind""#, ""), (#"{"kind":"k""#, ""), (#"{"kind":"k"}x"#, ""),
        (#"{"kind":k}"#, "/kind"),
        (#"{"kind":"k","args":{"a":[1,}}"#, "/args"),
        (#"{"kind":"k","args":\#(String(repeating: "[", count: 64))"#, "/args"),
        (#"{"kind":"k","args":"\ud800"}"#, "/args"), (#"{"kind":"k","priority":01}"#, "/priority"),
        (#"{"kind":"k","tags":["a",]}"#, "/tags"), ("{\"kind\":\"k\",\"args\":\"\u{1}\"}", "/args"),
        ("{'kind':'k'}", ""),
    ]

    @Test(arguments: malformed) func malformedTextsAreNamedByPlace(text: String, pointer: String) throws {
        let problem = try #require(throws: ProblemError.self) { try single(text) }
        #expect(problem.kind == .malformedJSON)
        #expect(problem.errors.map(\.place) == [.pointer(pointer)])
    }

    @Test func invalidUTF8IsRefusedEverywhere() throws {
        for text in [
            #"{"kind":"@"}"#, #"{"kind":"k","args":{"@":1}}"#, #"{"@":1}"#, #"{"kind":"k","metadata":{"a":"@"}}"#,
        ] {
            let bytes = Array(text.utf8).flatMap { $0 == UInt8(ascii: "@") ? [0xC3, 0x28] : [$0] }
            let problem = try #require(throws: ProblemError.self) { try JobBody.single(bytes) }
            #expect(problem.kind == .malformedJSON)
        }
    }

    @Test func batchesPointToTheirJobs() throws {
        let problem = try #require(throws: ProblemError.self) {
            try JobBody.array(Array(#"[{"kind":"k"},{"kind":"k","priority":12},7,{"queue":"q"}]"#.utf8))
        }
        #expect(problem.errors.map(\.place) == ["/1/priority", "/2", "/3/kind"].map { .pointer($0) })
        let fault = try #require(throws: ProblemError.self) {
            try JobBody.array(Array(#"[{"kind":"k"},{"kind":"k","args":}]"#.utf8))
        }
        #expect(fault.kind == .malformedJSON)
        #expect(fault.errors.map(\.place) == [.pointer("/1/args")])
        for text in ["[]", "{\"kind\":\"k\"}", "7"] {
            #expect(throws: ProblemError.self) { try JobBody.array(Array(text.utf8)) }
        }
    }

    @Test func linesPointToTheirJobs() throws {
        let jobs = try JobBody.lines(Array("{\"kind\":\"a\"}\n\n{\"kind\":\"b\"}\r\n".utf8))
        #expect(jobs.map(\.kind) == ["a", "b"])
        let problem = try #require(throws: ProblemError.self) {
            try JobBody.lines(Array("{\"kind\":\"a\"}\n\n{\"kind\":\"\"}\n{\"kind\":\"b\",\"x\":1}".utf8))
        }
        #expect(problem.errors.map(\.place) == ["/1/kind", "/2/x"].map { .pointer($0) })
        for (text, pointer) in [
            ("{\"kind\":\"a\"} {\"kind\":\"b\"}", "/0"), ("{\"kind\":\"a\"}\n{\"kind\":\n\"b\"}", "/1/kind"),
        ] {
            let fault = try #require(throws: ProblemError.self) { try JobBody.lines(Array(text.utf8)) }
            #expect(fault.kind == .malformedJSON)
            #expect(fault.errors.map(\.place) == [.pointer(pointer)])
        }
        #expect(throws: ProblemError.self) { try JobBody.lines(Array("\n \n".utf8)) }
    }

    @Test func batchesAreBounded() throws {
        let one = "{\"kind\":\"k\"}"
        func array(_ count: Int) -> [UInt8] {
            Array("[\(Array(repeating: one, count: count).joined(separator: ","))]".utf8)
        }
        func lines(_ count: Int) -> [UInt8] { Array(Array(repeating: one, count: count).joined(separator: "\n").utf8) }
        #expect(try JobBody.array(array(10_000)).count == 10_000)
        #expect(try JobBody.lines(lines(10_000)).count == 10_000)
        for attempt in [{ try JobBody.array(array(10_001)) }, { try JobBody.lines(lines(10_001)) }] {
            let problem = try #require(throws: ProblemError.self) { try attempt() }
            #expect(problem.errors.map(\.place) == [.pointer("")])
        }
    }

    @Test func atMostAHundredErrorsAreShown() throws {
        let text = "[\(Array(repeating: "{}", count: 300).joined(separator: ","))]"
        let problem = try #require(throws: ProblemError.self) { try JobBody.array(Array(text.utf8)) }
        #expect(problem.errors.count == 100)
        #expect(problem.detail == "the first 100 errors are shown")
    }
}
