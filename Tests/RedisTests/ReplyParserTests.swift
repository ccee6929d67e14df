// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the reply parser: every fragmentation, malformed and oversized input.

import TestSupport
import NIOCore
import Testing

@testable import Redis

@Suite struct ReplyParserTests {
    private func parse(_ text: String, chunk: Int = .max, maxReplyBytes: Int = 1 << 20) throws -> [RedisValue] {
        try parse(Array(text.utf8), chunk: chunk, maxReplyBytes: maxReplyBytes)
    }

    private func parse(_ bytes: [UInt8], chunk: Int = .max, maxReplyBytes: Int = 1 << 20) throws -> [RedisValue] {
        let parser = try ReplyParser(maxReplyBytes: maxReplyBytes)
        var replies: [RedisValue] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try parser.parse(ByteBuffer(bytes: rest.prefix(chunk)), into: &replies)
            rest = rest.dropFirst(chunk)
        }
        #expect(parser.pendingBytes == 0)
        return replies
    }

    private func bulk(_ text: String) -> RedisValue { .bulk(ByteBuffer(string: text)) }

    private let sample =
        "+OK\r\n:-42\r\n$5\r\nhe\r\no\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n-ERR no\r\n*3\r\n*2\r\n$1\r\na\r\n:1\r\n*0\r\n$-1\r\n"

    private var sampleValues: [RedisValue] {
        [
            .status("OK"), .integer(-42), bulk("he\r\no"), bulk(""), .null, .null, .array([]), .error("ERR no"),
            .array([.array([bulk("a"), .integer(1)]), .array([]), .null]),
        ]
    }

    @Test(arguments: [1, 2, 3, 7, 1000]) func everyKindInEveryChunkSize(chunk: Int) throws {
        #expect(try parse(sample, chunk: chunk) == sampleValues)
    }

    @Test func randomValuesInRandomPieces() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("ReplyParserTests seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let parser = try ReplyParser(maxReplyBytes: 1 << 22)
        for round in 0..<200 {
            let values = (0..<Int.random(in: 1...5, using: &generator)).map { _ in randomValue(depth: 0, &generator) }
            var bytes: [UInt8] = []
            for value in values { encode(value, into: &bytes) }
            var replies: [RedisValue] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...max(1, rest.count / 2), using: &generator)
                try parser.parse(ByteBuffer(bytes: rest.prefix(count)), into: &replies)
                rest = rest.dropFirst(count)
            }
            try #require(replies == values, "seed \(seed), round \(round)")
            try #require(parser.pendingBytes == 0, "seed \(seed), round \(round)")
        }
    }

    @Test func sevenLevelsOfNestingAreUnderstoodAndMoreAreRefused() throws {
        let seven = try parse(String(repeating: "*1\r\n", count: 7) + ":7\r\n")
        var value = RedisValue.integer(7)
        for _ in 0..<7 { value = .array([value]) }
        #expect(seven == [value])
        #expect(throws: RedisError.self) { try self.parse(String(repeating: "*1\r\n", count: 20) + ":7\r\n") }
    }

    @Test func hugeBulkStringAndHugeArray() throws {
        let big = [UInt8](repeating: 7, count: 5_000_000)
        let replies = try parse(Array("$5000000\r\n".utf8) + big + [13, 10], chunk: 65_536, maxReplyBytes: 6_000_000)
        #expect(replies == [.bulk(ByteBuffer(bytes: big))])
        let many = try parse(
            "*100000\r\n" + String(repeating: ":1\r\n", count: 100_000),
            chunk: 4096,
            maxReplyBytes: 1 << 24
        )
        #expect(many.first?.array?.count == 100_000)
    }

    @Test(arguments: ["!oops\r\n", ":12a\r\n", "$-2\r\n", "$x\r\n", "*-2\r\n", "*z\r\n", "\r\n", "*99999999999\r\n"])
    func malformedInputIsRefusedForEver(text: String) throws {
        let parser = try ReplyParser(maxReplyBytes: 1 << 20)
        var replies: [RedisValue] = []
        var codes: [RedisError.Code] = []
        for input in ["+OK\r\n" + text, "+OK\r\n"] {
            do throws(RedisError) { try parser.parse(ByteBuffer(string: input), into: &replies) } catch {
                codes.append(error.code)
            }
        }
        #expect(codes == [.protocolViolation, .protocolViolation])
        // What was complete before the bad bytes is delivered, nothing after them.
        #expect(replies == [.status("OK")])
    }

    @Test(arguments: ["$1048577\r\n", "*1\r\n$999999999999999999\r\n", "*2\r\n$3\r\nabc\r\n$1048574\r\n"])
    func bulkBeyondTheBoundIsRefusedAtItsLength(text: String) throws {
        let parser = try ReplyParser(maxReplyBytes: 1 << 20)
        var replies: [RedisValue] = []
        #expect(throws: RedisError.self) { try parser.parse(ByteBuffer(string: text), into: &replies) }
    }

    @Test func announcedLengthIsSeenByteByByte() throws {
        let parser = try ReplyParser(maxReplyBytes: 100)
        var replies: [RedisValue] = []
        for byte in "$99\r\n".utf8 { try parser.parse(ByteBuffer(bytes: [byte]), into: &replies) }
        let other = try ReplyParser(maxReplyBytes: 100)
        for byte in "$10".utf8 { try other.parse(ByteBuffer(bytes: [byte]), into: &replies) }
        #expect(throws: RedisError.self) { try other.parse(ByteBuffer(bytes: [UInt8(ascii: "1")]), into: &replies) }
    }

    @Test func arraysCannotReserveMoreThanTheBound() throws {
        #expect(throws: RedisError.self) { try self.parse("*2147483647\r\n") }
        // Many small elements count with what they cost in memory, not with their bytes on the wire.
        let text = "*4000\r\n" + String(repeating: ":1\r\n", count: 4000)
        #expect(throws: RedisError.self) { try self.parse(text, maxReplyBytes: text.utf8.count + 1000) }
    }

    @Test func endlessLineIsRefused() throws {
        let parser = try ReplyParser(maxReplyBytes: 1 << 26)
        var replies: [RedisValue] = []
        #expect(throws: RedisError.self) {
            try parser.parse(ByteBuffer(string: "+" + String(repeating: "a", count: 1_100_000)), into: &replies)
        }
    }

    private func randomValue(depth: Int, _ generator: inout SeededGenerator) -> RedisValue {
        switch Int.random(in: 0...(depth < 5 ? 7 : 4), using: &generator) {
        case 0: return .null
        case 1: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 2: return .status("S\(Int.random(in: 0...99, using: &generator))")
        case 3: return .error("ERR \(Int.random(in: 0...99, using: &generator))")
        case 4, 5:
            let long = Int.random(in: 0...20, using: &generator) == 0
            let count = Int.random(in: 0...(long ? 40_000 : 30), using: &generator)
            return .bulk(ByteBuffer(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }))
        default:
            let count = Int.random(in: 0...6, using: &generator)
            return .array((0..<count).map { _ in randomValue(depth: depth + 1, &generator) })
        }
    }

    private func encode(_ value: RedisValue, into bytes: inout [UInt8]) {
        switch value {
        case .null: bytes += "$-1\r\n".utf8
        case .integer(let number): bytes += ":\(number)\r\n".utf8
        case .status(let text): bytes += "+\(text)\r\n".utf8
        case .error(let text): bytes += "-\(text)\r\n".utf8
        case .bulk(let buffer):
            bytes += "$\(buffer.readableBytes)\r\n".utf8
            bytes += buffer.readableBytesView
            bytes += [13, 10]
        case .array(let values):
            bytes += "*\(values.count)\r\n".utf8
            for value in values { encode(value, into: &bytes) }
        }
    }
}
