// SPDX-License-Identifier: Apache-2.0
// Martlet: what is damaged in one store is read from another, and mended.

import ObjectStore
import Testing

@testable import Recovery

@Suite("Copies of a backup in several stores")
struct CopyTests {
    private let near = MemoryStore(place: "memory://near")
    private let far = MemoryStore(place: "memory://far")

    private func write(_ fixture: VaultFixture) async throws -> MirroredStore {
        try await fixture.write(to: near)
        far.objects = near.objects
        return try MirroredStore([near, far])
    }

    @Test("Any damaged object of the first copy is read from the second one", arguments: [true, false])
    func read(isEncrypted: Bool) async throws {
        let fixture = try VaultFixture(seed: 40, isEncrypted: isEncrypted)
        let store = try await write(fixture)
        let sound = near.objects
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededBytes(seed: seed)
        for key in sound.keys.sorted() {
            let bytes = try #require(sound[key])
            var flipped = bytes
            flipped[Int(random.next() % UInt64(bytes.count))] ^= UInt8(random.next() % 255) + 1
            for change in [flipped, Array(bytes.dropLast(bytes.count / 2)), [], nil] {
                near.objects[key] = change
                do { try await fixture.expectRestorable(from: store) } catch {
                    Issue.record("seed \(seed): \(key) with \(change?.count ?? -1) bytes: \(error)")
                }
            }
            near.objects = sound
        }
    }

    @Test("Damage in different objects of both copies is no loss; the same object damaged in both is told")
    func both() async throws {
        let fixture = try VaultFixture(seed: 41)
        let store = try await write(fixture)
        near.objects[fixture.path.volume(1)]?[5_000] ^= 1
        far.objects[fixture.path.entry]?[10] ^= 1
        far.objects[fixture.path.head]?[10] ^= 1
        try await fixture.expectRestorable(from: store)
        far.objects[fixture.path.volume(1)]?[5_000] ^= 2
        let error = await #expect(throws: RecoveryError.self) { try await fixture.expectRestorable(from: store) }
        #expect(error?.code == .damaged && error?.object == fixture.path.volume(1))
    }

    @Test("Each kind of object is mended by what authenticates it, in either store", arguments: [true, false])
    func mend(isEncrypted: Bool) async throws {
        let fixture = try VaultFixture(seed: 42, isEncrypted: isEncrypted)
        let store = try await write(fixture)
        let keys = fixture.keys
        let check = CheckResult(
            .verify,
            of: fixture.id,
            system: VaultFixture.system,
            began: VaultFixture.began,
            ended: VaultFixture.began,
            outcome: .passed,
            findings: []
        )
        try await check.save(in: store, keys: keys)
        let exports = try ExportFixture()
        let export = try await StoredExports(of: VaultFixture.system, in: store)
            .save(try exports.export(), ExportFixture.facts)
        let service = PlainKeyService()
        let ring = try KeyRing(keys.keys, service: service, acceptsPlain: !isEncrypted)
        _ = try await ring.unlocked(in: store, of: VaultFixture.system)
        let key = try #require(near.objects.keys.first { "\($0)".contains("/keys/") })
        let archive = WALArchive(of: VaultFixture.system, in: store, keys: keys, options: fixture.options)
        let segment = WALSegment(timeline: 1, upper: 0, lower: 3)
        let (whole, piece) = (try archive.key(.segment(segment)), try archive.key(segment.next(size: 1 << 20), 0..<9))
        _ = try await archive.put([UInt8](repeating: 3, count: 9_000), at: whole)
        _ = try await archive.put([UInt8](repeating: 4, count: 9), at: piece)
        let sound = near.objects
        #expect(sound == far.objects && sound[whole] != nil && sound[piece] != nil && sound[check.key] != nil)
        #expect(sound[export] != nil && sound[key] != nil)

        let judge = StoredCopies(in: store, keys: ring, trusted: [exports.signing.trusted]) { _ in keys }
        for (number, key) in sound.keys.sorted().enumerated() {
            let place = number % 2 == 0 ? near : far
            place.objects[key] = sound[key].map { bytes in
                var bytes = bytes
                bytes[bytes.count / 2] ^= 0x20
                return bytes
            }
            let report = try await store.mend(judge: judge)
            #expect(report.mended == 1 && report.differing.isEmpty, "\(key): \(report)")
            #expect(near.objects == sound && far.objects == sound, "\(key)")
        }
    }

    @Test("An entry is judged by a sound head, wherever that is")
    func headAndEntry() async throws {
        let fixture = try VaultFixture(seed: 44)
        let store = try await write(fixture)
        let (keys, sound) = (fixture.keys, near.objects)
        near.objects[fixture.path.head]?[10] ^= 1
        far.objects[fixture.path.entry]?[10] ^= 1
        let report = try await store.mend(judge: StoredCopies(in: store, keys: keys) { _ in keys })
        #expect(report.mended == 2 && report.differing.isEmpty, "\(report)")
        #expect(near.objects == sound && far.objects == sound)
    }

    @Test("The first key of a service is made only where no store has one, also none that is away")
    func firstKey() async throws {
        let system = VaultFixture.system
        let ring = try KeyRing([], service: PlainKeyService())
        let store = try MirroredStore([near, far], required: 1)
        _ = try await ring.unlocked(in: try MirroredStore([near]), of: system)
        let sound = near.objects
        near.restart(stop: MemoryStore.Stop(operation: 1, isDone: false))
        let error = await #expect(throws: RecoveryError.self) { try await ring.unlocked(in: store, of: system) }
        #expect(error?.code == .store && far.objects.isEmpty)
        near.restart()
        let later = try MirroredStore([near, far], required: 1)
        #expect(try await ring.unlocked(in: later, of: system).keys.count == 1)
        #expect(near.objects == sound && far.objects.isEmpty)
    }

    @Test("Copies that are both damaged, and those that nothing authenticates, are left as they are")
    func hopeless() async throws {
        let fixture = try VaultFixture(seed: 43)
        let store = try await write(fixture)
        let (pin, volume) = (StoreLayout(VaultFixture.system).pin(of: fixture.id), fixture.path.volume(1))
        near.objects[volume]?[5_000] ^= 1
        far.objects[volume]?[5_000] ^= 2
        near.objects[pin] = [1]
        far.objects[pin] = []
        let (first, second) = (near.objects, far.objects)
        let keys = fixture.keys
        let report = try await store.mend(judge: StoredCopies(in: store, keys: keys) { _ in keys })
        #expect(report.mended == 0 && Set(report.differing) == [pin, volume])
        #expect(near.objects == first && far.objects == second)
    }
}
