// SPDX-License-Identifier: Apache-2.0
// Martlet: backups small enough to be made and read thousands of times.

import ObjectStore
import Platform
import Synchronization
import Testing

@testable import Recovery

/// A backup's parts: its archives, and how it is written and read.
struct VaultFixture {
    static let system = SystemID(7_312_345_678_901_234_567)
    static let began = Timestamp(seconds: 1_795_000_000)

    let id: BackupID
    let keys: KeyRing
    var options = VaultOptions()
    var archives: [(ArchiveName, [UInt8])]

    /// Four archives, one of them empty, and one that is long enough for lists of references.
    init(seed: UInt64, compression: Compression = .zstd(level: 3), isEncrypted: Bool = true) throws {
        var random = SeededBytes(seed: seed)
        id = BackupID(began: Self.began, method: .physical, random: UInt32(truncatingIfNeeded: seed))
        keys = isEncrypted ? try Self.ring(["first"]) : .plain
        options.compression = compression
        options.isEncrypted = isEncrypted
        options.chunkSize = .kibibytes(4)
        options.volumeSize = .kibibytes(64)
        options.threads = 2
        archives = [
            (ArchiveName(fixed: "base.tar"), random.mixture(300_000)),
            (ArchiveName(fixed: "data/public.job"), random.mixture(150_000)),
            (ArchiveName(fixed: "empty"), []),
            (ArchiveName(fixed: "backup_manifest"), random.text(300)),
        ]
    }

    var path: BackupPath { BackupPath(id, of: Self.system) }

    /// A ring of keys whose bytes follow from their ids.
    static func ring(_ ids: [String], service: (any KeyService)? = nil) throws -> KeyRing {
        try KeyRing(ids.map { try key($0) }, service: service)
    }

    static func key(_ id: String) throws -> RingKey {
        try #require(RingKey(id: id, bytes: SHA256Sum(of: Array(id.utf8)).bytes))
    }

    func facts() -> BackupFacts {
        var facts = BackupFacts(began: Self.began, serverVersion: 150_020)
        facts.label = "nightly"
        facts.timeline = 3
        return facts
    }

    /// Begins, or takes up, and writes everything; two archives at once, in pieces of odd sizes.
    @discardableResult
    func write(
        to store: MemoryStore,
        resuming: Bool = false,
        progress: BackupProgress = BackupProgress()
    ) async throws -> CatalogueEntry {
        let begin = resuming ? BackupWriter.resume : BackupWriter.begin
        let writer = try await begin(id, Self.system, store, keys, options, BytePace(), progress)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, bytes) in archives {
                    group.addTask {
                        try await Self.write(bytes, as: name, to: writer, chunkSize: options.chunkSize.bytes)
                    }
                }
                try await group.waitForAll()
            }
            return try await writer.finish(facts())
        } catch {
            await writer.abandon()
            throw error
        }
    }

    /// A writer that takes up what a cut run left.
    func resume(in store: MemoryStore, keys other: KeyRing? = nil) async throws -> BackupWriter {
        try await BackupWriter.resume(
            id,
            of: Self.system,
            in: store,
            keys: other ?? keys,
            options: options,
            pace: BytePace(),
            progress: BackupProgress()
        )
    }

    private static func write(
        _ bytes: [UInt8],
        as name: ArchiveName,
        to writer: BackupWriter,
        chunkSize: Int
    ) async throws {
        var cuts: [Int] = []
        let archive = try await writer.archive(name)
        var rest = bytes[...]
        var turn = 0
        while !rest.isEmpty {
            let size = [1_000, 4_096, 9_999, 1, 20_000][turn % 5]
            try await archive.write(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
            turn += 1
            if turn % 7 == 0 {
                try await archive.cut()
                cuts.append(bytes.count - rest.count)
            }
        }
        let summary = try await archive.finish()
        let sums = chunks(of: bytes, cuts: cuts, size: chunkSize).flatMap { SHA256Sum(of: $0).bytes }
        #expect(summary == ArchiveSummary(name: name, size: Int64(bytes.count), sum: SHA256Sum(of: sums)))
    }

    /// The chunks that a writer makes: full ones, and what is there at a cut.
    private static func chunks(of bytes: [UInt8], cuts: [Int], size: Int) -> [[UInt8]] {
        var (chunks, start): ([[UInt8]], Int) = ([], 0)
        for cut in cuts + [bytes.count] {
            for begin in stride(from: start, to: cut, by: size) {
                chunks.append(Array(bytes[begin..<min(begin + size, cut)]))
            }
            start = cut
        }
        return chunks
    }

    func load(from store: any ObjectStore) async throws -> CatalogueEntry {
        let checked = try await CatalogueEntry.load(id, of: Self.system, in: store, keys: keys)
        #expect(checked.standing == .verified)
        return checked.entry
    }

    func open(in store: any ObjectStore) async throws -> BackupReader {
        try await BackupReader.open(try await load(from: store), in: store, keys: keys, pace: BytePace(), threads: 2)
    }

    /// Restores everything and compares it with what was written.
    func expectRestorable(from store: any ObjectStore) async throws {
        let reader = try await open(in: store)
        #expect(reader.archives.map(\.name) == archives.map(\.0).sorted())
        for (name, bytes) in archives {
            #expect(try await Self.read(name, of: reader) == bytes, "archive \(name)")
        }
    }

    static func read(_ name: ArchiveName, of reader: BackupReader) async throws -> [UInt8] {
        var all: [UInt8] = []
        try await reader.read(name) { bytes throws(RecoveryError) in all += bytes }
        return all
    }

    /// What opening and scanning find; empty when all is well.
    func damage(in store: MemoryStore) async throws -> [DamageReport] {
        var found: [DamageReport] = []
        do throws(RecoveryError) {
            let checked = try await CatalogueEntry.load(id, of: Self.system, in: store, keys: keys)
            if case .unverified(let reason) = checked.standing {
                found.append(DamageReport(object: path.entry, offset: nil, message: reason))
            }
            let reader = try await BackupReader.open(checked.entry, in: store, keys: keys, pace: BytePace(), threads: 2)
            try await reader.scan { found.append($0) }
        } catch {
            found.append(try DamageReport(error, or: path.entry))
        }
        return found
    }
}
