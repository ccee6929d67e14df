// SPDX-License-Identifier: Apache-2.0
// Martlet: the archive of the log: pushing twice, strangers, pieces.

import ObjectStore
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite("The archive of the log", .timeLimit(.minutes(2)))
struct WALArchiveTests {
    private static let size = 1 << 20

    /// A segment that begins as PostgreSQL's do.
    static func segment(_ segment: WALSegment, of system: SystemID, fill: UInt8 = 7, timeline: UInt32? = nil) -> [UInt8]
    {
        var bytes = [UInt8](repeating: fill, count: size)
        func put(_ value: UInt64, _ offset: Int, _ count: Int) {
            for index in 0..<count { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
        }
        put(0xD110, 0, 2)
        put(2, 2, 2)
        put(UInt64(timeline ?? segment.timeline), 4, 4)
        put(segment.start(size: size)?.value ?? 0, 8, 8)
        put(system.value, 24, 8)
        put(UInt64(size), 32, 4)
        put(8_192, 36, 4)
        return bytes
    }

    @Test("A segment that is pushed twice is stored once; another content is refused and changes nothing")
    func twice() async throws {
        try await RecoveryScene.with { scene in
            let system = SystemID(42)
            let archive = scene.archive(system)
            let name = WALSegment(timeline: 1, upper: 0, lower: 3)
            let path = "\(scene.folder.path)/\(name)"
            let bytes = Self.segment(name, of: system)
            try RecoveryFolder.write(bytes, to: path)
            #expect(try await archive.push(path) == .stored)
            #expect(try await archive.push(path) == .same)
            try RecoveryFolder.write(Self.segment(name, of: system, fill: 8), to: path)
            let error = await recoveryFailure { try await archive.push(path) }
            #expect(error?.code == .request)
            #expect(error?.object?.description == "42/wal/00000001/\(name)")
            let out = "\(scene.folder.path)/out"
            #expect(try await archive.fetch("\(name)", into: out) == .whole)
            #expect(try RecoveryFolder.bytes(of: out) == bytes)
        }
    }

    @Test("What there is of one timeline from a position on")
    func coverageFromAPosition() async throws {
        try await RecoveryScene.with { scene in
            let system = SystemID(42)
            let archive = scene.archive(system)
            for number in [1, 2, 3, 5] as [UInt64] {
                let name = WALSegment(timeline: 1, holding: LSN(number << 20), size: Self.size)
                try await archive.put(Self.segment(name, of: system), as: name)
            }
            let other = WALSegment(timeline: 2, holding: LSN(6 << 20), size: Self.size)
            try await archive.put(Self.segment(other, of: system), as: other)
            let piece = WALSegment(timeline: 1, holding: LSN(6 << 20), size: Self.size)
            _ = try await archive.put([1, 2, 3], at: try archive.key(piece, 0..<3))
            let coverage = try await archive.coverage(of: 1, from: LSN(3 << 20 + 77), segmentSize: Self.size)
            let spans = coverage.spans(along: TimelineHistory(timeline: 1)).filter { $0.end > LSN(3 << 20 + 77) }
            #expect(spans.map(\.end) == [LSN(4 << 20), LSN(6 << 20 + 3)])
            #expect(spans.last?.start == LSN(5 << 20))
            let none = try await archive.coverage(of: 1, from: LSN(900 << 20), segmentSize: Self.size)
            #expect(none.spans(along: TimelineHistory(timeline: 1)).isEmpty)
        }
    }

    @Test("Segments of another cluster, of another place, cut-off ones and other files are refused")
    func strangers() async throws {
        try await RecoveryScene.with { scene in
            let system = SystemID(42)
            let archive = scene.archive(system)
            let name = WALSegment(timeline: 2, upper: 0, lower: 3)
            let other = WALSegment(timeline: 2, upper: 0, lower: 4)
            let wrong: [([UInt8], RecoveryError.Code)] = [
                (Self.segment(name, of: SystemID(43)), .wrongSystem), (Self.segment(other, of: system), .damaged),
                (Self.segment(name, of: system, timeline: 3), .damaged),
                (Array(Self.segment(name, of: system).dropLast()), .damaged), ([1, 2, 3], .damaged),
                ([UInt8](repeating: 0, count: Self.size), .damaged),
            ]
            let path = "\(scene.folder.path)/\(name)"
            for (bytes, code) in wrong {
                try RecoveryFolder.write(bytes, to: path)
                let error = await recoveryFailure { try await archive.push(path) }
                #expect(error?.code == code)
            }
            // A new timeline's first segment begins with its ancestor's pages.
            try RecoveryFolder.write(Self.segment(name, of: system, timeline: 1), to: path)
            #expect(try await archive.push(path) == .stored)
            let odd = "\(scene.folder.path)/postgresql.conf"
            try RecoveryFolder.write([1], to: odd)
            #expect(await recoveryFailure { try await archive.push(odd) }?.code == .request)
            #expect(
                await recoveryFailure { try await archive.push("\(scene.folder.path)/00000003.history") }?.code == .disk
            )
        }
    }

    @Test("Histories and notes are kept; what is not there is absent and no failure")
    func others() async throws {
        try await RecoveryScene.with { scene in
            let archive = scene.archive(SystemID(42))
            let out = "\(scene.folder.path)/out"
            for (name, text) in [
                ("00000002.history", "1\t0/3000000\tno recovery target specified\n"),
                ("000000010000000000000003.00000028.backup", "START WAL LOCATION: 0/3000028\n"),
            ] {
                try RecoveryFolder.write(Array(text.utf8), to: "\(scene.folder.path)/\(name)")
                #expect(try await archive.push("\(scene.folder.path)/\(name)") == .stored)
                #expect(try await archive.fetch(name, into: out) == .whole)
                #expect(try RecoveryFolder.bytes(of: out) == Array(text.utf8))
            }
            #expect(try await archive.fetch("00000003.history", into: "\(out)2") == .absent)
            #expect(try await archive.fetch("000000010000000000000003", into: "\(out)2") == .absent)
            #expect(!RecoveryFolder.names(in: scene.folder.path).contains("out2"))
            #expect(await recoveryFailure { try await archive.fetch("../x", into: out) }?.code == .request)
        }
    }

    @Test("A store that has nothing of the cluster, as a folder without its disk, is no end of the log")
    func emptyStore() async throws {
        try await RecoveryScene.with { scene in
            let system = SystemID(42)
            let archive = scene.archive(system)
            let out = "\(scene.folder.path)/out"
            // A lease that a program took in the empty folder, and another cluster's log, prove nothing.
            let lease = try #require(ObjectKey("42/lease/00000001"))
            try await scene.store.put([1], at: lease, when: .absent)
            let other = WALSegment(timeline: 1, upper: 0, lower: 3)
            let stranger = scene.archive(SystemID(43))
            try await stranger.put(Self.segment(other, of: SystemID(43)), as: other)
            for name in ["000000010000000000000003", "00000002.history"] {
                let error = await recoveryFailure { try await archive.fetch(name, into: out) }
                #expect(error?.code == .store)
                #expect(error?.message.contains("is its disk mounted?") == true)
            }
            try await archive.put(Self.segment(other, of: system), as: other)
            #expect(try await archive.fetch("000000010000000000000004", into: out) == .absent)
            #expect(try await archive.fetch("00000002.history", into: out) == .absent)
        }
    }

    @Test("A segment under way is made of its pieces and zeros")
    func pieces() async throws {
        try await RecoveryScene.with { scene in
            let system = SystemID(42)
            let archive = scene.archive(system)
            let name = WALSegment(timeline: 1, upper: 0, lower: 3)
            let bytes = Self.segment(name, of: system)
            let out = "\(scene.folder.path)/out"
            for range in [0..<10_000, 10_000..<20_000, 0..<15_000, 30_000..<40_000] {
                _ = try await archive.put(Array(bytes[range]), at: try archive.key(name, range))
            }
            #expect(try await archive.fetch("\(name)", into: out) == .pieces)
            #expect(
                try RecoveryFolder.bytes(of: out) == Array(bytes[..<20_000])
                    + [UInt8](repeating: 0, count: Self.size - 20_000)
            )
            let newest = try await archive.newest(on: 1, notBefore: .none, size: Self.size)
            #expect(newest?.segment == name && newest?.isWhole == false)
            let after = try await archive.newest(on: 1, notBefore: LSN(0x31_0000), size: Self.size)
            #expect(after?.segment == name)
            let (start, end) = (LSN(0x30_0000), LSN(0x30_0000 + 20_000))
            let has = try await archive.missing(from: start, to: end, timeline: 1, segmentSize: Self.size)
            #expect(has == [])
            let lacks = try await archive.missing(from: start, to: end + 1, timeline: 1, segmentSize: Self.size)
            #expect(lacks == [name])
            // With a later segment there, pieces are no end but a gap.
            let later = WALSegment(timeline: 1, upper: 0, lower: 5)
            _ = try await archive.put(Self.segment(later, of: system), at: try archive.key(.segment(later)))
            let gap = await recoveryFailure { try await archive.fetch("\(name)", into: out) }
            #expect(gap?.code == .missingLog)
            #expect(gap?.message.contains("\(later)") == true)
            let hole = await recoveryFailure { try await archive.fetch("000000010000000000000004", into: out) }
            #expect(hole?.code == .missingLog)
            // Who gives up what lies behind gets what there is before.
            #expect(try await archive.fetch("\(name)", into: out, endsAtGap: true) == .pieces)
            let none = try await archive.fetch("000000010000000000000004", into: out, endsAtGap: true)
            #expect(none == .absent)
            #expect(try await archive.fetch("000000010000000000000006", into: out) == .absent)
            _ = try await archive.put(bytes, at: try archive.key(.segment(name)))
            #expect(try await archive.fetch("\(name)", into: out) == .whole)
        }
    }

    @Test("Another key opens nothing, and a damaged object is named")
    func wrongKey() async throws {
        try await RecoveryScene.with { scene in
            let system = SystemID(42)
            let archive = scene.archive(system)
            let name = WALSegment(timeline: 1, upper: 0, lower: 3)
            let key = try archive.key(.segment(name))
            _ = try await archive.put(Self.segment(name, of: system), at: key)
            let line = try #require(RingKey.generate(id: "other"))
            let other = WALArchive(
                of: system,
                in: scene.store,
                keys: try KeyRing([try #require(RingKey(parsing: line))]),
                options: scene.options
            )
            #expect(await recoveryFailure { try await other.fetch("\(name)", into: "/tmp/never") }?.code == .wrongKey)
            var sealed = try await scene.store.get(key, limit: 1 << 24)
            sealed[sealed.count - 20] ^= 1
            try await scene.store.put(sealed, at: key, when: .always)
            let error = await recoveryFailure { try await archive.fetch("\(name)", into: "/tmp/never") }
            #expect(error?.code == .damaged)
            #expect(error?.object == key)
        }
    }
}
