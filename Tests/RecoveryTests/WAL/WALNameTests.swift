// SPDX-License-Identifier: Apache-2.0
// Martlet: names of files of the log, and histories of timelines.

import TestSupport
import Postgres
import Testing

@testable import Recovery

@Suite("Names of the log's files")
struct WALNameTests {
    @Test("A segment's name says where it is", arguments: [1 << 20, 16 << 20, 64 << 20, 1 << 30])
    func segments(_ size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size))
        for _ in 0..<200 {
            let position = LSN(random.next() >> UInt64.random(in: 1..<50, using: &random))
            let segment = WALSegment(timeline: 3, holding: position, size: size)
            #expect(WALSegment(segment.description) == segment)
            let start = try #require(segment.start(size: size))
            #expect(start.value % UInt64(size) == 0 && start <= position && position.value - start.value < UInt64(size))
            #expect(segment.next(size: size).start(size: size) == start + size)
        }
        #expect(WALSegment("0000000A000000FF000000FE")?.description == "0000000A000000FF000000FE")
    }

    @Test(
        "All kinds of names",
        arguments: [
            "000000010000000A000000FF", "000000010000000A000000FF.partial", "000000010000000A000000FF.00000028.backup",
            "00000002.history",
        ]
    )
    func names(_ name: String) { #expect(WALFileName(name)?.description == name) }

    @Test(
        "What is no name",
        arguments: [
            "", "00000001", "000000010000000a000000ff", "000000000000000A000000FF", "000000010000000A000000FF.gz",
            "../0000001.history", "00000000.history", "000000010000000A000000FF.28.backup", "backup_label",
        ]
    )
    func noNames(_ name: String) { #expect(WALFileName(name) == nil) }

    @Test("A history says which timeline wrote what")
    func history() throws {
        let history = try TimelineHistory(
            of: 4,
            "1\t0/5000000\tno recovery target\n\n# note\n3\t0/7000000\tbefore 2026\n"
        )
        #expect(history.timeline(at: LSN(0x4FF_FFFF)) == 1)
        #expect(history.timeline(at: LSN(0x500_0000)) == 3)
        #expect(history.timeline(at: LSN(0x700_0000)) == 4)
        #expect(history.end(of: 3) == LSN(0x700_0000))
        #expect(history.end(of: 2) == nil)
        for text in ["x\t0/1\n", "5\t0/1\n", "1\t0/5\n2\t0/4\n", "2\t0/5\n1\t0/6\n", "1\n"] {
            #expect(throws: RecoveryError.self) { try TimelineHistory(of: 4, text) }
        }
    }
}
