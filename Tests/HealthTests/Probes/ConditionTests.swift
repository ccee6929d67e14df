// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of conditions: what is read, what is refused, what holds.

import Platform
import Testing

@testable import Health

@Suite struct ConditionTests {
    private static func facts() -> ProbeFacts {
        var facts = ProbeFacts(latency: .milliseconds(120))
        facts.status = 204
        facts.headers = [("content-type", "text/html; charset=utf-8")]
        facts.document = Array(
            #"{"status":"UP","items":[{"name":"a","n":7},{"name":"b"}],"ok":true,"none":null,"text":"7.0","é":"ü"}"#
                .utf8
        )
        facts.now = Timestamp(seconds: 1_000_000)
        facts.certificateExpiry = Timestamp(seconds: 1_000_000 + 14 * 86_400)
        facts.value = 12.5
        facts.count = 2
        facts.exit = 0
        facts.rcode = "NXDOMAIN"
        facts.answers = ["10.0.0.1", "10.0.0.2"]
        facts.loss = 33.3
        facts.info = ["role": "master", "connected_clients": "42"]
        return facts
    }

    @Test(
        arguments: [
            "status in 200..299", "status == 204", "status in 200,204", "status != 500", "status >= 204",
            "status exists",
            "header.Content-Type starts_with text/html", "header.content-type like *charset=*", "header.x absent",
            "body contains items", "body not_contains error", #"body starts_with "{""#, "body like *UP*",
            "json.status == UP", "json.items[0].name == a", "json.items.length == 2", "json.items[0].n == 7",
            "json.items[0].n > 6.5", "json.items[1].n absent", "json.ok == true", "json.none == null",
            "json.none exists",
            "json.status.length == 2", "json.text == 7", "json.é == ü", "json.items[0].n in 1..10", "json.items exists",
            "json.status in UP,DEGRADED", "latency < 300ms", "latency<0.5s", "latency >= 120ms", "certificate > 13d",
            "certificate <= 14d", "value == 12.5", "value > -3", "count > 1", "exit == 0", "output contains UP",
            "rcode == NXDOMAIN", "answers contains 10.0.0.2", "answers not_contains 10.0.0.3", "answers like 10.*",
            "answers != 10.9.9.9", "loss < 50", "loss <= 34%", "info.role == master", "info.connected_clients < 100",
            "  status  ==  204  ", #"json.status == "UP""#, "json.status == 'UP'", "json.gone != x",
            "json.status like ?P",
        ]
    )
    func holds(_ text: String) throws {
        let result = try conditions(text).judge(Self.facts())
        #expect(result.status == .up)
        #expect(result.reason == nil)
    }

    @Test(
        arguments: [
            ("status in 200,201", "expected status in 200,201, found 204"),
            ("status == 500", "expected status == 500, found 204"),
            ("latency < 100ms", "expected latency < 100ms, found 120ms"),
            ("certificate > 15d", "expected certificate > 15d, found 14d"),
            ("json.status == DOWN", #"expected json.status == DOWN, found "UP""#),
            ("json.text == \"7\"", #"expected json.text == "7", found "7.0""#),
            ("json.items == x", "expected json.items == x, found an array of 2"),
            ("json.gone exists", "expected json.gone exists, found nothing"),
            ("json.items[9].name == a", "expected json.items[9].name == a, found nothing"),
            ("header.x == 1", "expected header.x == 1, found nothing"),
            ("answers contains 10", "expected answers contains 10, found 10.0.0.1, 10.0.0.2"),
            ("answers != 10.0.0.1", "expected answers != 10.0.0.1, found 10.0.0.1, 10.0.0.2"),
            ("loss == 0", "expected loss == 0, found 33.3"),
            ("info.role == slave", #"expected info.role == slave, found "master""#),
            ("json.ok == false", "expected json.ok == false, found true"),
            ("json.status > 3", #"expected json.status > 3, found "UP""#),
        ]
    )
    func failsWithReason(_ text: String, _ reason: String) throws {
        let result = try conditions(text).judge(Self.facts())
        #expect(result.status == .down)
        #expect(result.reason == reason)
    }

    @Test(
        arguments: [
            ("", 1, "the subject is missing"), ("statu == 200", 1, "there is no subject"),
            ("status = 200", 8, "there is no operator \"=\""), ("status", 7, "the operator is missing"),
            ("status ==", 10, "the operand is missing"), ("status == abc", 11, "wants a number"),
            ("status contains 2", 8, "is for texts"), ("latency < 300", 11, "wants a duration with its unit"),
            ("certificate > soon", 15, "wants a duration"), ("body < x", 8, "wants a number"),
            ("json.a exists 3", 15, "nothing may follow exists"), ("json.a[x] == 3", 1, "is not a path"),
            ("json == 3", 1, "is not a path"), ("body == \"abc", 9, "is not closed"),
            ("body == \"a\" b", 13, "nothing may follow"),
            ("status in 200,,201", 15, "a value is missing"), ("status in 299..200", 11, "wants a number"),
            ("latency in 1..2", 12, "wants a duration"), ("header. == a", 1, "there is no subject"),
        ]
    )
    func refusesWithColumn(_ text: String, _ column: Int, _ message: String) throws {
        let error = try #require(throws: ConditionError.self) { try Condition(parsing: text) }
        #expect(error.column == column)
        #expect(error.message.contains(message), "\(error)")
    }

    @Test func errorsNameWhatIsAllowed() throws {
        let subject = try #require(throws: ConditionError.self) { try Condition(parsing: "x == 1") }
        #expect(subject.message.contains("header.NAME") && subject.message.contains("info.FIELD"))
        let comparison = try #require(throws: ConditionError.self) { try Condition(parsing: "status ~ 1") }
        #expect(comparison.message.contains("not_contains") && comparison.message.contains("in"))
    }

    @Test func degradedOnlyDegrades() throws {
        let result = try degraded("latency < 100ms").judge(Self.facts())
        #expect(result.status == .degraded)
        #expect(result.reason == "expected latency < 100ms, found 120ms")
        var both = try degraded("latency < 100ms")
        both.conditions = try conditions("status == 200").conditions
        #expect(both.judge(Self.facts()).status == .down)
    }

    @Test func textThatIsNoJSONFailsEverythingButNothingElse() throws {
        var facts = Self.facts()
        facts.document = Array("<html>".utf8)
        for text in ["json.a == 1", "json.a exists", "json.a absent", "json.a != 1"] {
            let result = try conditions(text).judge(facts)
            #expect(result.status == .down)
            #expect(result.reason?.contains("the text is not JSON") == true)
        }
        #expect(try conditions("body contains html").judge(facts).status == .up)
    }

    @Test func reasonsAreBounded() throws {
        var facts = Self.facts()
        facts.document = Array(String(repeating: "é\n", count: 100_000).utf8)
        let result = try conditions("body == \(String(repeating: "x", count: 500))", "status == 1").judge(facts)
        let reason = try #require(result.reason)
        #expect(reason.count <= 200)
        #expect(reason.hasSuffix("(and 1 more)"))
        #expect(!reason.contains("\n"))
    }

    @Test func globsTakeNoExponentialTime() {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 20_000)
        #expect(!Glob.matches(text, Array("*a*a*a*a*a*a*a*a*b".utf8)))
        #expect(Glob.matches(Array("aéb".utf8), Array("a?b".utf8)))
        #expect(!Glob.matches(Array("ab".utf8), Array("a?b".utf8)))
    }
}
