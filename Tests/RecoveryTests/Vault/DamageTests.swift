// SPDX-License-Identifier: Apache-2.0
// Martlet: damage to stored objects is found.

import ObjectStore
import Testing

@testable import Recovery

@Suite("Damage to backups")
struct DamageTests {
    @Test("A thousand changed bytes in any stored object are all found", arguments: [true, false])
    func bytes(isEncrypted: Bool) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededBytes(seed: seed)
        let fixture = try VaultFixture(seed: 20, isEncrypted: isEncrypted)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let sound = store.objects
        let keys = sound.keys.sorted()
        let count = isEncrypted ? 1_000 : 200
        for turn in 0..<count {
            // Small objects as often as large ones: a byte of the head matters as much as one of a volume.
            let key = keys[Int(random.next() % UInt64(keys.count))]
            var bytes = try #require(sound[key])
            let offset = Int(random.next() % UInt64(bytes.count))
            bytes[offset] ^= UInt8(random.next() % 255) + 1
            store.objects[key] = bytes
            let found = try await fixture.damage(in: store)
            #expect(
                found.contains { $0.object == key },
                "seed \(seed), turn \(turn): byte \(offset) of \(key): \(found)"
            )
            store.objects = sound
        }
        #expect(try await fixture.damage(in: store) == [])
    }

    @Test("Objects that are cut, longer, empty, missing or exchanged are found")
    func objects() async throws {
        let fixture = try VaultFixture(seed: 21)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let sound = store.objects
        for (key, bytes) in sound {
            var changes: [[UInt8]?] = [nil, [], Array(bytes.dropLast()), Array(bytes.dropFirst()), bytes + [0]]
            changes.append(Array(bytes.prefix(bytes.count / 2)))
            changes += sound.filter { $0.key != key }.prefix(4).map(\.value)
            for (number, change) in changes.enumerated() {
                store.objects[key] = change
                let found = try await fixture.damage(in: store)
                #expect(found.contains { $0.object == key }, "change \(number) of \(key): \(found)")
                store.objects = sound
            }
        }
    }

    @Test("Two volumes that are exchanged, with their indexes, are both found")
    func exchanged() async throws {
        let fixture = try VaultFixture(seed: 22)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let path = fixture.path
        var objects = store.objects
        (objects[path.volume(1)], objects[path.volume(2)]) = (objects[path.volume(2)], objects[path.volume(1)])
        store.objects = objects
        let found = Set(try await fixture.damage(in: store).map(\.object))
        #expect(found.isSuperset(of: [path.volume(1), path.volume(2)]))
        #expect(await code { try await fixture.expectRestorable(from: store) } == .damaged)
    }

    @Test("Objects of another backup are found, its entry as well")
    func foreign() async throws {
        let fixture = try VaultFixture(seed: 23)
        let other = try VaultFixture(seed: 24)
        let store = MemoryStore()
        try await fixture.write(to: store)
        try await other.write(to: store)
        let sound = store.objects
        let pairs = [
            (fixture.path.volume(1), other.path.volume(1)), (fixture.path.entry, other.path.entry),
            (fixture.path.head, other.path.head), (fixture.path.index(1), other.path.index(1)),
            (fixture.path.volumeIndex(1), other.path.volumeIndex(1)),
        ]
        for (mine, foreign) in pairs {
            store.objects[mine] = sound[foreign]
            let found = try await fixture.damage(in: store)
            #expect(found.contains { $0.object == mine }, "\(mine): \(found)")
            store.objects = sound
        }
        store.objects[fixture.path.entry] = sound[other.path.entry]
        let error = await #expect(throws: RecoveryError.self) {
            _ = try await CatalogueEntry.load(fixture.id, of: VaultFixture.system, in: store, keys: nil)
        }
        #expect(error?.message == "it belongs to backup \(other.id) of system \(VaultFixture.system)")
    }

    @Test("A damaged chunk stops the restore and says where it is")
    func restore() async throws {
        let fixture = try VaultFixture(seed: 25)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let reader = try await fixture.open(in: store)
        let archive = try #require(reader.index[ArchiveName(fixed: "backup_manifest")])
        let reference = try #require(archive.references.first)
        let volume = fixture.path.volume(reference.volume)
        var bytes = try #require(store.objects[volume])
        bytes[Int(reference.offset) + FrameHeader.size] ^= 1
        store.objects[volume] = bytes
        let error = await #expect(throws: RecoveryError.self) {
            _ = try await VaultFixture.read(ArchiveName(fixed: "backup_manifest"), of: reader)
        }
        #expect(error?.code == .damaged)
        #expect(error?.object == volume)
        #expect(error?.message.hasPrefix("at byte \(reference.offset): ") == true)
    }

    @Test("A store that is away is no damage")
    func away() async throws {
        let fixture = try VaultFixture(seed: 26)
        let store = MemoryStore()
        try await fixture.write(to: store)
        let reader = try await fixture.open(in: store)
        for operation in [1, 4, 7] {
            store.restart(stop: MemoryStore.Stop(operation: operation, isDone: false))
            #expect(await code { try await reader.scan { _ in } } == .store)
        }
    }
}
