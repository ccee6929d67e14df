// SPDX-License-Identifier: Apache-2.0
// Martlet: the line of chunks is bounded and keeps its order.

import ObjectStore
import Platform
import Synchronization
import Testing

@testable import Recovery

@Suite("Chunks under way")
struct ChunkLineTests {
    /// Holds writers up until it is opened.
    private final class Gate: Sendable {
        private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

        func pass() async {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private final class Tally: Sendable {
        private let value = Mutex(0)

        var count: Int { value.withLock { $0 } }

        func add() { value.withLock { $0 += 1 } }
    }

    private func begin(_ fixture: VaultFixture, in store: MemoryStore, _ progress: BackupProgress) async throws
        -> BackupWriter
    {
        try await BackupWriter.begin(
            fixture.id,
            of: VaultFixture.system,
            in: store,
            keys: fixture.keys,
            options: fixture.options,
            pace: BytePace(),
            progress: progress
        )
    }

    @Test("While the store stands still, no more than the window is taken, from however many archives")
    func bounded() async throws {
        let gate = Gate()
        let store = MemoryStore(beforeWrite: { await gate.pass() })
        var fixture = try VaultFixture(seed: 30)
        fixture.options.chunksAtOnce = 6
        let progress = BackupProgress()
        let writer = try await begin(fixture, in: store, progress)
        let written = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                let name = try #require(ArchiveName("archive-\(number)"))
                group.addTask {
                    let archive = try await writer.archive(name)
                    for turn in 0..<50 {
                        var random = SeededBytes(seed: UInt64(number * 1_000 + turn))
                        try await archive.write(random.noise(4_096))
                        written.add()
                    }
                    _ = try await archive.finish()
                }
            }
            // Nothing can be stored, so what has entered the line must come to rest at the window.
            while written.count < 6 { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .milliseconds(200))
            #expect(written.count == 6)
            gate.open()
            try await group.waitForAll()
        }
        let entry = try await writer.finish(fixture.facts())
        #expect(entry.plainSize == 4 * 50 * 4_096)
    }

    @Test("A cancelled writer stops waiting, and the others go on")
    func cancelled() async throws {
        let gate = Gate()
        let store = MemoryStore(beforeWrite: { await gate.pass() })
        var fixture = try VaultFixture(seed: 31)
        fixture.options.chunksAtOnce = 2
        let writer = try await begin(fixture, in: store, BackupProgress())
        let archive = try await writer.archive(ArchiveName(fixed: "stays"))
        var random = SeededBytes(seed: 31)
        let bytes = random.noise(8_192)
        try await archive.write(bytes)
        let leaver = try await writer.archive(ArchiveName(fixed: "leaves"))
        let task = Task { await code { try await leaver.write([UInt8](repeating: 1, count: 4_096)) } }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        #expect(await task.value == .cancelled)
        // What was not stored is missing, so the archive never passes for a whole one.
        #expect(await code { try await leaver.write([2]) } == .cancelled)
        #expect(await code { _ = try await leaver.finish() } == .cancelled)
        gate.open()
        #expect(try await archive.finish().size == 8_192)
        #expect(await code { _ = try await writer.finish(fixture.facts()) } == .internal)
        await writer.abandon()
    }

    @Test("When the store fails, everyone who waits gets to know why")
    func failing() async throws {
        let fixture = try VaultFixture(seed: 32)
        let store = MemoryStore()
        let writer = try await begin(fixture, in: store, BackupProgress())
        let archive = try await writer.archive(ArchiveName(fixed: "base.tar"))
        store.restart(stop: MemoryStore.Stop(operation: 5, isDone: false))
        var random = SeededBytes(seed: 32)
        let error = await #expect(throws: RecoveryError.self) {
            for _ in 0..<1_000 { try await archive.write(random.noise(4_096)) }
        }
        #expect(error?.code == .store)
        let again = await #expect(throws: RecoveryError.self) { _ = try await archive.finish() }
        #expect(again?.code == .store)
        await writer.abandon()
        await writer.abandon()
        #expect(store.objects.keys.sorted() == [fixture.path.head])
    }

    @Test("A writer that is let go of ends its work")
    func dropped() async throws {
        let fixture = try VaultFixture(seed: 33)
        let store = MemoryStore()
        weak var threads: ByteThreads?
        do {
            let writer = try await begin(fixture, in: store, BackupProgress())
            threads = writer.threads
            let archive = try await writer.archive(ArchiveName(fixed: "base.tar"))
            try await archive.write([UInt8](repeating: 1, count: 10_000))
        }
        for _ in 0..<2_000 where threads != nil { try await Task.sleep(for: .milliseconds(1)) }
        #expect(threads == nil)
        #expect(store.objects[fixture.path.entry] == nil)
    }
}
