// SPDX-License-Identifier: Apache-2.0
// Martlet: tar archives, whole and in pieces, good and bad.

import Glibc
import TestSupport
import Testing

@testable import Recovery

@Suite("Tar archives")
struct TarTests {
    /// A header as PostgreSQL writes it.
    static func header(
        _ path: String,
        size: Int64 = 0,
        type: Character = "0",
        link: String = "",
        mode: String = "0000600"
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        put(path, 0)
        put(mode, 100)
        put("0000000", 108)
        put("0000000", 116)
        if size < 1 << 33 {
            let digits = String(size, radix: 8)
            put(String(repeating: "0", count: 11 - digits.count) + digits, 124)
        } else {
            block[124] = 0x80
            for index in 0..<8 { block[135 - index] = UInt8(truncatingIfNeeded: size >> Int64(8 * index)) }
        }
        put("14716512345", 136)
        block[156] = type.asciiValue ?? 0
        put(link, 157)
        put("ustar", 257)
        put("00", 263)
        let sum = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
        let digits = String(sum, radix: 8)
        put(String(repeating: "0", count: 6 - digits.count) + digits, 148)
        block[155] = 32
        return block
    }

    static func file(_ path: String, _ content: [UInt8]) -> [UInt8] {
        header(path, size: Int64(content.count)) + content
            + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    @Test("An archive in pieces of any size gives the same entries and content")
    func pieces() throws {
        var random = SeededGenerator(seed: 7)
        let files: [(String, [UInt8])] = (0..<12).map { number in
            let size = [0, 1, 511, 512, 513, 5_000, 8_192, 20_000][Int(random.next() % 8)]
            return ("base/5/\(16_384 + number)", (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        }
        var archive = Self.header("./base/", type: "5", mode: "0000700")
        for (path, content) in files { archive += Self.file(path, content) }
        archive += [UInt8](repeating: 0, count: 1_024)
        for size in [1, 7, 511, 512, 513, 4_096, archive.count] {
            var reader = TarReader()
            var found: [(String, [UInt8])] = []
            var ends = 0
            for start in stride(from: 0, to: archive.count, by: size) {
                let piece = Array(archive[start..<min(archive.count, start + size)])
                var position = 0
                while let part = try reader.next(in: piece.span, at: &position) {
                    switch part {
                    case .entry(let entry): found.append((entry.path, []))
                    case .content(let range): found[found.count - 1].1 += piece[range]
                    case .entryEnd: ends += 1
                    }
                }
                #expect(position == piece.count)
            }
            try reader.finish()
            #expect(ends == files.count + 1)
            #expect(found.map(\.0) == ["base"] + files.map(\.0))
            #expect(found.map(\.1) == [[]] + files.map(\.1))
        }
    }

    @Test("Sizes beyond 8 GiB are read")
    func large() throws {
        let block = Self.header("base/5/1", size: 9 << 30)
        #expect(try TarHeader.read(block.span)?.size == 9 << 30)
    }

    @Test("A header with a wrong byte, an archive that is cut off, and one that goes on behind its end are damaged")
    func damaged() throws {
        var block = Self.header("base/5/1", size: 5)
        block[3] ^= 1
        let bad = block
        #expect(throws: RecoveryError.self) { try TarHeader.read(bad.span) }
        let archive = Self.file("base/5/1", [1, 2, 3])
        for end in [100, 512, 514, 1_023] {
            var reader = TarReader()
            let piece = Array(archive[..<end])
            var position = 0
            while try reader.next(in: piece.span, at: &position) != nil {}
            #expect(throws: RecoveryError.self) { try reader.finish() }
        }
        var reader = TarReader()
        let long = [UInt8](repeating: 0, count: 1_024) + [1]
        var position = 0
        #expect(throws: RecoveryError.self) { try reader.next(in: long.span, at: &position) }
    }

    @Test(
        "Nothing is written outside of the folder",
        arguments: ["../x", "/etc/x", "a/../../x", "a//b", "base/..", "a/./b"]
    )
    func unsafeNames(_ path: String) throws {
        let folder = try RecoveryFolder()
        let target = try RestoreFolder("\(folder.path)/target")
        var extractor = TarExtractor(
            into: target,
            tablespace: nil,
            try Self.manifest([(path, 1)]),
            FileWrites(threads: 1)
        )
        let archive = Self.file(path, [1])
        let error = failure { () throws(RecoveryError) in try extractor.take(archive) }
        #expect(error?.code == .request)
        #expect(error?.message.contains("unsafe name") == true)
        #expect(RecoveryFolder.names(in: folder.path) == ["target"])
        #expect(RecoveryFolder.names(in: target.path) == [RestoreFolder.claim])
    }

    @Test("Of several restores into one folder one has it")
    func claimed() throws {
        let folder = try RecoveryFolder()
        let target = try RestoreFolder("\(folder.path)/target")
        let refused = failure { () throws(RecoveryError) in _ = try RestoreFolder(target.path) }
        #expect(refused?.code == .notEmpty && refused?.message.contains("another restore") == true)
        try target.release()
        _ = try RestoreFolder(target.path)
    }

    @Test("Links, devices, strangers and wrong sizes are refused")
    func refused() throws {
        let folder = try RecoveryFolder()
        let target = try RestoreFolder("\(folder.path)/target")
        let manifest = try Self.manifest([("a", 1)])
        let cases: [([UInt8], RecoveryError.Code)] = [
            (Self.header("pg_tblspc/1", type: "2", link: "/tmp"), .request), (Self.header("x", type: "3"), .request),
            (Self.file("b", [1]), .damaged), (Self.file("a", [1, 2]), .damaged), (Self.file("a", [2]), .damaged),
        ]
        for (archive, code) in cases {
            var extractor = TarExtractor(into: target, tablespace: nil, manifest, FileWrites(threads: 1))
            #expect(failure { () throws(RecoveryError) in try extractor.take(archive) }?.code == code)
        }
    }

    @Test("A disk that is full is named with its file")
    func fullDisk() throws {
        let error = RecoveryError.file("write", "/data/base/5/1", ENOSPC)
        #expect(error.code == .disk)
        #expect(error.message == "can't write /data/base/5/1: No space left on device")
    }

    private func failure(_ body: () throws(RecoveryError) -> Void) -> RecoveryError? {
        do throws(RecoveryError) { try body() } catch { return error }
        return nil
    }

    /// A manifest of files that hold one byte of value 1 each.
    static func manifest(_ files: [(String, Int)]) throws -> BackupManifest {
        var sum = CRC32C()
        sum.update([UInt8(1)].span)
        let checksum = FileChecksum.crc32c(sum).hexadecimal
        let lines = files.map { path, size in
            "{ \"Path\": \"\(path)\", \"Size\": \(size), \"Last-Modified\": \"2026-11-28 00:00:00 GMT\", \"Checksum-Algorithm\": \"CRC32C\", \"Checksum\": \"\(checksum)\" }"
        }
        let text = "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n\(lines.joined(separator: ",\n"))\n],\n"
        var digest = FileChecksum("SHA256") ?? .none
        digest.update(Array(text.utf8).span)
        return try BackupManifest(Array("\(text)\"Manifest-Checksum\": \"\(digest.hexadecimal)\"}\n".utf8))
    }
}
