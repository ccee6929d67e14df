// SPDX-License-Identifier: Apache-2.0
// Martlet: a run that dies at any operation.

import ObjectStore
import Testing

@testable import Recovery

@Suite("Backups whose runs are killed")
struct KilledRunTests {
    @Test(
        "At every operation in turn: no entry, or a restorable one; and a resumed run ends well",
        arguments: [false, true]
    )
    func everyOperation(isDone: Bool) async throws {
        let fixture = try VaultFixture(seed: 10)
        var operation = 0
        var (resumed, recognised, finished) = (0, 0, 0)
        while true {
            operation += 1
            let store = MemoryStore()
            store.restart(stop: MemoryStore.Stop(operation: operation, isDone: isDone))
            _ = try? await fixture.write(to: store)
            guard store.isStopped else { break }
            store.restart()
            if store.objects[fixture.path.entry] != nil {
                finished += 1
                try await fixture.expectRestorable(from: store)
                continue
            }
            guard store.objects[fixture.path.head] != nil else {
                #expect(store.objects.isEmpty)
                continue
            }
            let before = store.objects
            let progress = BackupProgress()
            let entry = try await fixture.write(to: store, resuming: true, progress: progress)
            resumed += 1
            if progress.figures.bytesRecognised > 0 { recognised += 1 }
            for (key, bytes) in before { #expect(store.objects[key] == bytes, "\(key) was overwritten") }
            try await fixture.expectRestorable(from: store)
            #expect(try await fixture.damage(in: store) == [])
            try await store.remove(try await garbage(of: entry, in: store))
            try await fixture.expectRestorable(from: store)
        }
        #expect(operation > 60)
        #expect(resumed > operation / 2)
        #expect(recognised > operation / 3)
        #expect(finished == (isDone ? 1 : 0))
    }

    @Test("Runs that die again and again come to an end")
    func again() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededBytes(seed: seed)
        for _ in 0..<20 {
            let fixture = try VaultFixture(seed: 11)
            let store = MemoryStore()
            var runs = 0
            while store.objects[fixture.path.entry] == nil, runs < 200 {
                let resuming = store.objects[fixture.path.head] != nil
                let operation = Int(random.next() % 60) + 1
                store.restart(stop: MemoryStore.Stop(operation: operation, isDone: random.next() % 2 == 0))
                _ = try? await fixture.write(to: store, resuming: resuming)
                runs += 1
            }
            store.restart()
            #expect(runs < 200, "seed \(seed)")
            try await fixture.expectRestorable(from: store)
            #expect(try await fixture.damage(in: store) == [], "seed \(seed)")
        }
    }

    @Test("A volume without its index is of no use and named as garbage")
    func garbage() async throws {
        let fixture = try VaultFixture(seed: 12)
        let store = MemoryStore()
        try await fixture.write(to: store)
        store.objects[fixture.path.entry] = nil
        store.objects[fixture.path.volumeIndex(2)] = nil
        let writer = try await fixture.resume(in: store)
        #expect(Set(writer.resumed.garbage) == [fixture.path.volume(2), fixture.path.index(1)])
        #expect(!writer.resumed.volumes.map(\.number).contains(2))
        #expect(writer.resumed.chunks > 0)
        await writer.abandon()
        let entry = try await fixture.write(to: store, resuming: true)
        #expect(entry.attempt == 2)
        try await fixture.expectRestorable(from: store)
    }

    @Test("Chunks beyond the bound are counted, and stored once more")
    func bound() async throws {
        var fixture = try VaultFixture(seed: 13)
        let store = MemoryStore()
        try await fixture.write(to: store)
        store.objects[fixture.path.entry] = nil
        fixture.options.knownChunks = 5
        let writer = try await fixture.resume(in: store)
        #expect(writer.resumed.chunks == 5)
        #expect(writer.resumed.chunksBeyondLimit > 50)
        await writer.abandon()
        let before = store.objects.count
        let progress = BackupProgress()
        try await fixture.write(to: store, resuming: true, progress: progress)
        #expect(progress.figures.bytesRecognised > 0)
        #expect(store.objects.count > before + 4)
        try await fixture.expectRestorable(from: store)
    }

    @Test("Another key does not take up a backup")
    func otherKey() async throws {
        let fixture = try VaultFixture(seed: 14)
        let store = MemoryStore()
        try await fixture.write(to: store)
        store.objects[fixture.path.entry] = nil
        let error = await #expect(throws: RecoveryError.self) {
            _ = try await fixture.resume(in: store, keys: try VaultFixture.ring(["other"]))
        }
        #expect(error?.code == .wrongKey)
    }

    private func garbage(of entry: CatalogueEntry, in store: MemoryStore) async throws -> [ObjectKey] {
        try await BackupObjects.list(entry.id, of: entry.system, in: store).garbage(besides: entry)
    }
}
