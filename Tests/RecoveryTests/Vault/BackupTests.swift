// SPDX-License-Identifier: Apache-2.0
// Martlet: backups are read as they were written.

import Platform
import Testing

@testable import Recovery

@Suite("Backups in the vault")
struct BackupTests {
    static let ways: [(Compression, Bool)] = [
        (.none, true), (.lz4, true), (.zstd(level: 1), true), (.zstd(level: 19), true), (.zstd(level: 3), false),
    ]

    @Test("What goes in comes out, whatever the compression", arguments: ways)
    func roundTrip(_ way: (Compression, Bool)) async throws {
        let fixture = try VaultFixture(seed: 1, compression: way.0, isEncrypted: way.1)
        let store = MemoryStore()
        let progress = BackupProgress()
        let entry = try await fixture.write(to: store, progress: progress)
        try await fixture.expectRestorable(from: store)
        #expect(try await fixture.damage(in: store) == [])
        #expect(try await fixture.load(from: store) == entry)

        let plain = fixture.archives.reduce(0) { $0 + Int64($1.1.count) }
        #expect(entry.plainSize == plain)
        #expect(progress.figures.bytesRead == plain)
        #expect(entry.volumes.count > 2)
        #expect(entry.storedSize == entry.volumes.reduce(0) { $0 + $1.size })
        for volume in entry.volumes {
            let bytes = try #require(store.objects[entry.path.volume(volume.number)])
            #expect(bytes.count == volume.size)
            #expect(SHA256Sum(of: bytes) == volume.sum)
        }
        if way.0 != .none { #expect(entry.storedSize < plain * 3 / 4) }
        #expect(
            BackupObjects(entry.path, try await store.objects(prefix: "", limit: 1_000)).garbage(besides: entry) == []
        )
    }

    @Test("Encrypted objects hold nothing of what went in, and unencrypted ones are refused unless allowed")
    func secrecy() async throws {
        for isEncrypted in [true, false] {
            var fixture = try VaultFixture(seed: 2, compression: .none, isEncrypted: isEncrypted)
            let secret = Array("a secret that nobody shall read".utf8)
            fixture.archives = [(ArchiveName(fixed: "pre-data.sql"), secret)]
            let store = MemoryStore()
            try await fixture.write(to: store)
            let shown = store.objects.values.contains { $0.firstRange(of: secret) != nil }
            #expect(shown != isEncrypted)
        }
        let fixture = try VaultFixture(seed: 2, isEncrypted: false)
        let store = MemoryStore()
        let entry = try await fixture.write(to: store)
        let error = await #expect(throws: RecoveryError.self) {
            _ = try await BackupReader.open(entry, in: store, keys: try VaultFixture.ring(["a"]), pace: BytePace())
        }
        #expect(error?.code == .wrongKey)
    }

    @Test("An archive of many chunks keeps its references in lists")
    func lists() async throws {
        var fixture = try VaultFixture(seed: 3, compression: .lz4)
        var random = SeededBytes(seed: 33)
        let bytes = random.text((ReferenceList.length * 2 + 100) * 4_096)
        fixture.archives = [(ArchiveName(fixed: "base.tar"), bytes)]
        fixture.options.volumeSize = .mebibytes(1)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let reader = try await fixture.open(in: store)
        let archive = try #require(reader.index[ArchiveName(fixed: "base.tar")])
        #expect(archive.lists.count == 3)
        #expect(archive.references.count <= ReferenceList.kept)
        try await fixture.expectRestorable(from: store)
        #expect(try await fixture.damage(in: store) == [])
    }

    @Test("A name is taken once, open archives end before the backup, and an ended backup takes nothing more")
    func order() async throws {
        let fixture = try VaultFixture(seed: 4)
        let writer = try await BackupWriter.begin(
            fixture.id,
            of: VaultFixture.system,
            in: MemoryStore(),
            keys: fixture.keys,
            options: fixture.options,
            pace: BytePace(),
            progress: BackupProgress()
        )
        let name = ArchiveName(fixed: "base.tar")
        let archive = try await writer.archive(name)
        #expect(await code { _ = try await writer.archive(name) } == .request)
        #expect(await code { _ = try await writer.finish(fixture.facts()) } == .internal)
        _ = try await archive.finish()
        #expect(await code { try await archive.write([1]) } == .internal)
        #expect(await code { _ = try await writer.archive(name) } == .request)
        _ = try await writer.finish(fixture.facts())
        #expect(await code { _ = try await writer.archive(ArchiveName(fixed: "late")) } == .internal)
        #expect(await code { _ = try await writer.finish(fixture.facts()) } == .internal)
    }

    @Test("A backup of the same id is not begun twice, and a finished one is not taken up")
    func once() async throws {
        let fixture = try VaultFixture(seed: 5)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let before = store.objects
        #expect(await code { try await fixture.write(to: store) } == .store)
        #expect(await code { try await fixture.write(to: store, resuming: true) } == .request)
        #expect(store.objects == before)
    }

    @Test("An archive that is not there, and a body that fails, end the reading")
    func bodies() async throws {
        let fixture = try VaultFixture(seed: 6)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let reader = try await fixture.open(in: store)
        #expect(await code { _ = try await VaultFixture.read(ArchiveName(fixed: "other"), of: reader) } == .notFound)
        var calls = 0
        let error = await code {
            try await reader.read(ArchiveName(fixed: "base.tar")) { _ throws(RecoveryError) in
                calls += 1
                throw RecoveryError(.disk, "full")
            }
        }
        #expect(error == .disk)
        #expect(calls == 1)
    }

    @Test("Options outside their ranges are refused with their ranges")
    func ranges() {
        #expect(refusal { $0.chunkSize = .mebibytes(5) } == "the size of a chunk must be from 4KiB to 4MiB, not 5MiB")
        #expect(refusal { $0.compression = .zstd(level: 20) } == "the level of zstd must be from 1 to 19, not 20")
        #expect(refusal { $0.threads = 0 } == "the number of threads must be from 1 to 64, not 0")
        #expect(refusal { $0.volumeSize = .gibibytes(2) }?.contains("64KiB to 1GiB") == true)
        #expect(refusal { $0.chunksAtOnce = 257 }?.contains("from 1 to 256") == true)
        #expect(refusal { _ in } == nil)
    }

    private func refusal(_ change: (inout VaultOptions) -> Void) -> String? {
        var options = VaultOptions()
        change(&options)
        do throws(RecoveryError) { try options.check() } catch { return error.message }
        return nil
    }
}

/// The code of the error that an operation throws; nil when it throws none.
func code(_ body: () async throws -> Void) async -> RecoveryError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? RecoveryError)?.code
    }
}
