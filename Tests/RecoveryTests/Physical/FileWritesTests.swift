// SPDX-License-Identifier: Apache-2.0
// Martlet: pieces of files that several threads write, past the page cache where that can be.

import Glibc
import TestSupport
import Testing

@testable import Recovery

@Suite("Files that several threads write", .timeLimit(.minutes(2)))
struct FileWritesTests {
    /// Writes bytes as an extraction does, in pieces of some sizes, of which no file is a multiple.
    private func write(_ bytes: [UInt8], to path: String, pieces: [Int], size: Int? = nil) async throws {
        let writes = FileWrites(threads: 3)
        let file = WrittenFile(try OpenFile(creating: path), size: Int64(size ?? bytes.count))
        var (offset, turn) = (0, 0)
        while offset < bytes.count {
            try await writes.room()
            let count = min(pieces[turn % pieces.count], bytes.count - offset)
            // A piece lies anywhere in what was read.
            let read = [1, 2, 3] + bytes[offset..<(offset + count)] + [4]
            try writes.submit(read, 3..<(3 + count), to: file, at: Int64(offset))
            offset += count
            turn += 1
        }
        try await writes.settle()
    }

    private static let block = AlignedBuffer.block
    private static let size = AlignedBuffer.size

    @Test(
        "Whatever the size of a file and of its pieces, it holds what was written",
        arguments: [
            0, 1, block - 1, size - 1, size, size + 1, size + block, 2 * size + block + 1, 5 * size, 7 * size + 12_345,
        ]
    )
    func sizes(_ count: Int) async throws {
        let folder = try RecoveryFolder()
        var random = SeededBytes(seed: UInt64(count))
        let bytes = random.mixture(count)
        let ways = [
            [Self.size], [4 * Self.size], [Self.size, 70_000], [65_536], [1_000, Self.size + 512, 3 * Self.size],
            [100_001],
        ]
        for (number, pieces) in ways.enumerated() {
            let path = "\(folder.path)/\(number)"
            try await write(bytes, to: path, pieces: pieces)
            #expect(try RecoveryFolder.bytes(of: path) == bytes, "\(count) bytes in pieces of \(pieces)")
        }
    }

    @Test(
        "A file system that lies in memory is written as well",
        .enabled(if: TinyDisk.obstacle == nil, "\(TinyDisk.obstacle ?? "")")
    )
    func memory() async throws {
        let folder = try RecoveryFolder()
        let disk = try TinyDisk(folder.path, megabytes: 16)
        defer { withExtendedLifetime((folder, disk)) {} }
        var random = SeededBytes(seed: 7)
        let bytes = random.mixture(5 * Self.size + 77)
        try await write(bytes, to: "\(folder.path)/file", pieces: [Self.size])
        #expect(try RecoveryFolder.bytes(of: "\(folder.path)/file") == bytes)
    }

    @Test("A full disk is told with the file", .enabled(if: TinyDisk.obstacle == nil, "\(TinyDisk.obstacle ?? "")"))
    func full() async throws {
        let folder = try RecoveryFolder()
        let disk = try TinyDisk(folder.path, megabytes: 4)
        defer { withExtendedLifetime((folder, disk)) {} }
        let path = "\(folder.path)/file"
        let bytes = [UInt8](repeating: 1, count: 32 * Self.size)
        let failure = await #expect(throws: RecoveryError.self) {
            try await write(bytes, to: path, pieces: [Self.size])
        }
        #expect(failure?.code == .disk)
        #expect(failure?.message == "can't write \(path): No space left on device")
    }
}
