// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the JSON reader of probes.

import Testing

@testable import Health

@Suite struct JSONValueTests {
    @Test func readsAllKinds() throws {
        let value = try JSONValue(
            parsing: Array(#" {"a":[1,-2.5e2,true,false,null,"x\n\u00e9\ud83d\ude00"],"b":{}} "#.utf8)
        )
        #expect(
            value
                == .object([
                    .init(
                        name: "a",
                        value: .array([
                            .number(1), .number(-250), .boolean(true), .boolean(false), .null, .string("x\né😀"),
                        ])
                    ),
                    .init(name: "b", value: .object([])),
                ])
        )
    }

    @Test(
        arguments: [
            "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "1.", "-", "1e", "tru", "\"a", "\"\\x\"", "\"\\ud800\"",
            "1 2",
            "\"\u{1}\"", "nan", "[1 2]", "{a:1}", "+1", ".5",
        ]
    )
    func refuses(_ text: String) {
        #expect(throws: JSONTrouble.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONValue(parsing: nested(64))
        #expect(throws: JSONTrouble.self) { try JSONValue(parsing: nested(65)) }
        #expect(throws: JSONTrouble.self) { try JSONValue(parsing: nested(100_000)) }
    }
}
