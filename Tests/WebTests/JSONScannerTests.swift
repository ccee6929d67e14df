// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the JSON scanner.

import Testing

@testable import Web

@Suite struct JSONScannerTests {
    static let valid = [
        "{}", "[]", "0", "-0", "10", "-1.5e+10", "1E400", "123456789012345678901234567890", "true", "false", "null",
        "\"\"",
        " [ 1 , 2 ] ", "{\"a\":{\"b\":[{}]}}", "\"\\u0041\\n\\/\"", "\"\\ud83d\\ude00\"", "\"😀 ä\"", "[[],[[]]]",
        "{\"a\":1,\"a\":2}", "\t\r\n1\t\r\n", "\"\u{7f}\"", "\"\\u0000\"",
    ]

    static let invalid: [(String, JSONFault.Reason, Int)] = [
        ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2),
        ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("{\"a\"}", .unexpectedByte, 4),
        ("{\"a\":}", .unexpectedByte, 5), ("{\"a\":1,}", .unexpectedByte, 7), ("{a:1}", .unexpectedByte, 1),
        ("{1:1}", .unexpectedByte, 1), ("[1}", .unexpectedByte, 2), ("{\"a\":1]", .unexpectedByte, 6),
        ("01", .invalidNumber, 1), ("-", .unexpectedEnd, 1), ("+1", .unexpectedByte, 0), ("1.", .unexpectedEnd, 2),
        (".5", .unexpectedByte, 0), ("1.e5", .invalidNumber, 2), ("1e", .unexpectedEnd, 2), ("1e+x", .invalidNumber, 3),
        ("-x", .invalidNumber, 1), ("0x10", .trailingBytes, 1), ("1 2", .trailingBytes, 2), ("tru", .unexpectedEnd, 3),
        ("trux", .unexpectedByte, 3), ("True", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0),
        ("nul", .unexpectedEnd, 3),
        ("\"", .unexpectedEnd, 1), ("\"abc", .unexpectedEnd, 4), ("\"\\\"", .unexpectedEnd, 3),
        ("\"\\", .unexpectedEnd, 2),
        ("\"\\x\"", .invalidEscape, 1), ("\"\\u12\"", .unexpectedEnd, 6), ("\"\\u12g4\"", .invalidEscape, 5),
        ("\"a\nb\"", .controlCharacter, 2), ("\"a\tb\"", .controlCharacter, 2), ("\"\u{0}\"", .controlCharacter, 1),
        ("\"\\ud800\"", .loneSurrogate, 1), ("\"\\udc00\"", .loneSurrogate, 1),
        ("\"\\ud800\\u0041\"", .loneSurrogate, 1),
        ("\"\\ud800x\"", .loneSurrogate, 1), ("'a'", .unexpectedByte, 0), ("[1 2]", .unexpectedByte, 3),
        ("/* */1", .unexpectedByte, 0), ("\u{FEFF}1", .unexpectedByte, 0), ("\u{A0}1", .unexpectedByte, 0),
    ]

    private static func skip(_ bytes: [UInt8]) throws(JSONFault) -> Range<Int> {
        var scanner = JSONScanner(bytes)
        let range = try scanner.skipValue()
        try scanner.finish()
        return range
    }

    @Test(arguments: valid) func validTextsPass(text: String) throws {
        let bytes = Array(text.utf8)
        _ = try Self.skip(bytes)
        #expect(try ReferenceJSON.Value(walking: bytes) == #require(ReferenceJSON.parse(bytes)))
    }

    @Test(arguments: invalid) func invalidTextsFailAtTheRightByte(text: String, reason: JSONFault.Reason, offset: Int) {
        let bytes = Array(text.utf8)
        #expect(throws: JSONFault(reason, at: offset)) { try Self.skip(bytes) }
        #expect(throws: JSONFault.self) { try ReferenceJSON.Value(walking: bytes) }
        #expect(ReferenceJSON.parse(bytes) == nil)
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xC3, 0x28],
        ] as [[UInt8]]
    )
    func invalidUTF8Fails(bad: [UInt8]) {
        let bytes = [UInt8(ascii: "\"")] + Array("0123456789".utf8) + bad + [UInt8(ascii: "\"")]
        #expect(throws: JSONFault(.invalidUTF8, at: 11)) { try Self.skip(bytes) }
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try Self.skip(nested(64))
        #expect(throws: JSONFault(.tooDeep, at: 64)) { try Self.skip(nested(65)) }
        #expect(throws: JSONFault(.tooDeep, at: 64)) { try ReferenceJSON.Value(walking: nested(65)) }
        // A value inside an object that was entered has one level less.
        let inside = Array("{\"a\":".utf8) + nested(64) + Array("}".utf8)
        var scanner = JSONScanner(inside)
        var isFirst = true
        try scanner.beginObject()
        _ = try scanner.nextKey(&isFirst)
        #expect(throws: JSONFault(.tooDeep, at: 68)) { try scanner.skipValue() }
    }

    @Test func rawValuesKeepEveryByte() throws {
        let text = "{\"args\" :\t{ \"b\":1.0e+1 ,\n\"a\" : \"\\u00e4\" } , \"x\":1}"
        var scanner = JSONScanner(Array(text.utf8))
        var isFirst = true
        try scanner.beginObject()
        let next = try scanner.nextKey(&isFirst)
        let key = try #require(next)
        #expect(scanner.matches(key, "args"))
        let range = try scanner.skipValue()
        #expect(String(decoding: scanner.bytes[range], as: UTF8.self) == "{ \"b\":1.0e+1 ,\n\"a\" : \"\\u00e4\" }")
    }

    @Test func keysAreComparedAfterDecoding() throws {
        var scanner = JSONScanner(Array("{\"k\\u0069nd\":1}".utf8))
        var isFirst = true
        try scanner.beginObject()
        let next = try scanner.nextKey(&isFirst)
        let key = try #require(next)
        #expect(key.hasEscapes)
        #expect(scanner.matches(key, "kind"))
        #expect(!scanner.matches(key, "king"))
    }

    @Test(
        arguments: [
            ("0", 0), ("-7", -7), ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("1.0", nil), ("1e2", nil), ("-0", 0),
        ] as [(String, Int?)]
    )
    func integers(text: String, value: Int?) throws {
        var scanner = JSONScanner(Array(text.utf8))
        let token = try scanner.numberToken()
        #expect(scanner.integer(token) == value)
    }

    @Test func linesAreSeparate() throws {
        var scanner = JSONScanner(Array("{\"a\":1}\n\n \r\n[2]\r\n3".utf8))
        var texts: [String] = []
        while var line = scanner.nextLine() {
            let range = try line.skipValue()
            try line.finish()
            texts.append(String(decoding: line.bytes[range], as: UTF8.self))
        }
        #expect(texts == ["{\"a\":1}", "[2]", "3"])
        var broken = JSONScanner(Array("{\"a\":\n1}".utf8))
        let next = broken.nextLine()
        var line = try #require(next)
        #expect(throws: JSONFault(.unexpectedEnd, at: 5)) { try line.skipValue() }
    }
}
