// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the JSON writer.

import NIOCore
import Platform
import Testing

@testable import Web

@Suite struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(capacity: 4)
        body(&json)
        return String(buffer: json.buffer)
    }

    @Test func commasStandWhereTheyMust() {
        let written = text { json in
            json.object { json in
                json.field("a", 1)
                json.field("b", nil as String?)
                json.key("c")
                json.array { json in
                    json.string("x")
                    json.array { _ in }
                    json.object { json in json.field("d", true) }
                    json.null()
                }
                json.field("e", raw: Array("{ \"f\" : 1 }".utf8))
                json.field("g", ["y", "z"])
            }
        }
        #expect(written == #"{"a":1,"c":["x",[],{"d":true},null],"e":{ "f" : 1 },"g":["y","z"]}"#)
    }

    @Test func stringsAreEscaped() {
        #expect(text { $0.string("a\"b\\c\n\r\t\u{1}\u{1f}ä😀/") } == #""a\"b\\c\n\r\t\u0001\u001fä😀/""#)
        #expect(
            text { json in
                json.object {
                    $0.key(named: "q\""); $0.number(1)
                }
            } == #"{"q\"":1}"#
        )
    }

    @Test func numbersAndTimes() {
        #expect(text { $0.number(Int64.min) } == "-9223372036854775808")
        #expect(text { $0.number(0.5) } == "0.5")
        #expect(text { $0.number(3.0) } == "3")
        #expect(text { $0.number(Double.nan) } == "null")
        #expect(text { $0.time(Timestamp(microseconds: 1_700_000_000_123_456)) } == "\"2023-11-14T22:13:20.123456Z\"")
        #expect(text { json in json.object { $0.field("d", .milliseconds(1_500)) } } == #"{"d":"PT1.5S"}"#)
    }
}
