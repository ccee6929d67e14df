// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of command encoding, entry ids, script hashes and backoff.

import TestSupport
import NIOCore
import Testing

@testable import Redis

@Suite struct RedisCommandTests {
    @Test func aCommandKnowsItsName() {
        #expect(RedisCommand("PING").name == "PING")
        #expect(RedisCommand("XADD", list: (0..<50).map { "argument\r\n\($0)" }).name == "XADD")
    }

    @Test func everyArgumentKindIsEncoded() {
        var command = RedisCommand("SET")
        command.append("é")
        command.append(0)
        command.append(-120)
        command.append(Int64.min)
        command.append(UInt64.max)
        command.append([1, 2] as [UInt8])
        command.append(ByteBuffer(string: "x\r\ny"))
        command.append(StreamEntryID(milliseconds: 1_526_919_030_474, sequence: 55))
        let expected =
            "*9\r\n$3\r\nSET\r\n$2\r\né\r\n$1\r\n0\r\n$4\r\n-120\r\n$20\r\n-9223372036854775808\r\n"
            + "$20\r\n18446744073709551615\r\n$2\r\n\u{1}\u{2}\r\n$4\r\nx\r\ny\r\n$16\r\n1526919030474-55\r\n"
        #expect(String(buffer: command.encoded) == expected)
        #expect(command.byteCount == expected.utf8.count)
    }

    @Test(arguments: [1, 9, 10, 99, 100, 1000, 12_345]) func headerGrowsToTheLeft(count: Int) {
        var command = RedisCommand("DEL")
        for index in 0..<count { command.append(index) }
        #expect(command.count == count + 1)
        #expect(String(buffer: command.encoded).hasPrefix("*\(count + 1)\r\n$3\r\nDEL\r\n$1\r\n0\r\n"))
    }

    @Test func copiesAreIndependent() {
        let first = RedisCommand("GET", "a")
        var second = first
        second.append("b")
        #expect(String(buffer: first.encoded) == "*2\r\n$3\r\nGET\r\n$1\r\na\r\n")
        #expect(String(buffer: second.encoded) == "*3\r\n$3\r\nGET\r\n$1\r\na\r\n$1\r\nb\r\n")
    }

    @Test func entryIDs() {
        #expect(StreamEntryID("12-3") == StreamEntryID(milliseconds: 12, sequence: 3))
        #expect(StreamEntryID("12") == StreamEntryID(milliseconds: 12, sequence: 0))
        #expect(StreamEntryID(StreamEntryID.max.description) == .max)
        for bad in ["", "-", "1-", "-1", "1-2-3", "a-1", "18446744073709551616-0", "1 2"] {
            #expect(StreamEntryID(bad) == nil)
        }
        #expect(StreamEntryID("9-9")?.successor == StreamEntryID("9-10"))
        #expect(StreamEntryID(milliseconds: 1, sequence: .max).successor == StreamEntryID("2-0"))
        #expect(StreamEntryID.max.successor == nil)
        #expect(StreamEntryID("9-5").map { $0 < StreamEntryID(milliseconds: 10, sequence: 1) } == true)
    }

    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("return 1", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"),
        (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ]) func scriptHashes(source: String, hash: String) {
        #expect(RedisScript(source).sha1 == hash)
    }

    @Test(arguments: 50...70) func hashesPadAtEveryLength(length: Int) {
        // Each length must give another digest of the right size; the padding's edge is at 56.
        let hash = RedisScript(String(repeating: "x", count: length)).sha1
        #expect(hash.utf8.count == 40)
        #expect(hash != RedisScript(String(repeating: "x", count: length + 1)).sha1)
    }

    @Test func backoffGrowsAndStaysBelowItsCap() {
        let backoff = RedisBackoff(base: .milliseconds(100), cap: .seconds(2))
        var generator = SeededGenerator(seed: 1)
        for failures in 1...100 {
            let bound = min(Duration.seconds(2), .milliseconds(100) * (1 << min(failures - 1, 10)))
            for _ in 0..<20 {
                let delay = backoff.delay(afterFailures: failures, using: &generator)
                #expect(delay >= .milliseconds(1) && delay <= bound)
            }
        }
        let late = (0..<200).map { _ in backoff.delay(afterFailures: 50, using: &generator) }
        #expect(late.contains { $0 > .seconds(1) } && late.contains { $0 < .seconds(1) })
    }

    @Test func serverErrorsKeepTheirPrefixAndHideTheirText() {
        let error = RedisError(serverReply: "NOGROUP No such key 'secret'")
        #expect(error.serverPrefix == "NOGROUP")
        #expect(error.description == "redis server: NOGROUP")
        #expect(RedisError(serverReply: "something odd").serverPrefix == "ERR")
    }
}
