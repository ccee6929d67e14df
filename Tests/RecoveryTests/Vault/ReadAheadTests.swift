// SPDX-License-Identifier: Apache-2.0
// Martlet: chunks are fetched together and ahead.

import ObjectStore
import Synchronization
import Testing

@testable import Recovery

@Suite("Reading ahead")
struct ReadAheadTests {
    private final class Traffic: Sendable {
        private let state = Mutex<(now: Int, most: Int, all: Int)>((0, 0, 0))

        var most: Int { state.withLock { $0.most } }
        var all: Int { state.withLock { $0.all } }

        func pass() async {
            state.withLock { state in
                state.now += 1
                state.all += 1
                state.most = max(state.most, state.now)
            }
            try? await Task.sleep(for: .milliseconds(3))
            state.withLock { $0.now -= 1 }
        }
    }

    @Test("Neighbours are joined, up to a bound; others are not")
    func join() {
        func reference(_ volume: UInt32, _ offset: UInt32, _ plain: UInt32) -> ChunkReference {
            ChunkReference(volume: volume, frame: 0, offset: offset, stored: 100, plain: plain, sum: SHA256Sum(of: []))
        }
        let runs = ChunkRun.join([
            reference(1, 0, 1 << 20), reference(1, 100, 1 << 20), reference(1, 200, 2 << 20), reference(1, 300, 1),
            reference(1, 500, 1), reference(1, 600, 1), reference(2, 700, 1), reference(2, 100, 4 << 20),
        ])
        #expect(runs.map(\.references.count) == [3, 1, 2, 1, 1])
        #expect(runs.map(\.range) == [0..<300, 300..<400, 500..<700, 700..<800, 100..<200])
        #expect(ChunkRun.join([]).isEmpty)
    }

    @Test("Several pieces are fetched at once, never more than the window, and arrive in order")
    func ahead() async throws {
        let traffic = Traffic()
        let store = MemoryStore(beforeRead: { _, _ in await traffic.pass() })
        var fixture = try VaultFixture(seed: 60, compression: .none)
        var random = SeededBytes(seed: 60)
        let bytes = random.noise(3_000_000)
        fixture.archives = [(ArchiveName(fixed: "base.tar"), bytes)]
        try await fixture.write(to: store)
        let reader = try await fixture.open(in: store)
        let before = traffic.all
        #expect(try await VaultFixture.read(ArchiveName(fixed: "base.tar"), of: reader) == bytes)
        #expect(traffic.most > 1)
        #expect(traffic.most <= reader.window)
        // 830 chunks or so, yet one fetch for each volume and each list.
        #expect(traffic.all - before <= reader.entry.volumes.count * 2 + 2)
    }

    @Test("Reading stops when its task is cancelled")
    func cancelled() async throws {
        let fixture = try VaultFixture(seed: 61)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let reader = try await fixture.open(in: store)
        let task = Task {
            await code {
                try await reader.read(ArchiveName(fixed: "base.tar")) { _ throws(RecoveryError) in
                    do { try await Task.sleep(for: .seconds(60)) } catch {
                        throw RecoveryError(.cancelled, "cancelled")
                    }
                }
            }
        }
        task.cancel()
        #expect(await task.value == .cancelled)
    }
}
