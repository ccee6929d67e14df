// SPDX-License-Identifier: Apache-2.0
// Martlet: data keys are wrapped, and wrapped anew.

import ObjectStore
import Platform
import Synchronization
import Testing

@testable import Recovery

@Suite("Wrapped data keys")
struct KeyRotationTests {
    /// A key service that remembers what it encrypted for whom.
    private final class Vaultkeeper: KeyService {
        let name = "alias/martlet"
        private let kept = Mutex<[(plain: [UInt8], context: [String: String])]>([])

        func encrypt(_ plain: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8] {
            kept.withLock { kept in
                kept.append((plain, context))
                return [UInt8(kept.count - 1)]
            }
        }

        func decrypt(_ sealed: [UInt8], context: [String: String]) async throws(RecoveryError) -> [UInt8] {
            let found = kept.withLock { kept in
                sealed.first.flatMap { Int($0) < kept.count ? kept[Int($0)] : nil }
            }
            guard let found, found.context == context else { throw RecoveryError(.wrongKey, "the service refuses") }
            return found.plain
        }
    }

    @Test("A head wrapped anew keeps the entry valid, and no volume is touched")
    func rewrap() async throws {
        let fixture = try VaultFixture(seed: 40)
        let store = MemoryStore()
        let entry = try await fixture.write(to: store)
        let before = store.objects
        let both = try VaultFixture.ring(["second", "first"])
        let system = VaultFixture.system
        #expect(try await KeyRotation.keyNeeded(by: fixture.id, of: system, in: store) == "first")
        try await KeyRotation.rewrap(fixture.id, of: system, in: store, keys: both)
        #expect(try await KeyRotation.keyNeeded(by: fixture.id, of: system, in: store) == "second")
        #expect(store.objects.filter { $0.value != before[$0.key] }.map(\.key) == [fixture.path.head])

        let second = try VaultFixture.ring(["second"])
        let checked = try await CatalogueEntry.load(fixture.id, of: system, in: store, keys: second)
        #expect(checked.standing == .verified)
        #expect(checked.entry == entry)
        let reader = try await BackupReader.open(entry, in: store, keys: second, pace: BytePace())
        for (name, bytes) in fixture.archives { #expect(try await VaultFixture.read(name, of: reader) == bytes) }

        let first = try await CatalogueEntry.load(fixture.id, of: system, in: store, keys: fixture.keys)
        let (needed, had) = (try VaultFixture.key("second"), try VaultFixture.key("first"))
        let reason = "key 'second' (\(needed.fingerprint)) is needed; the key ring has \(had)"
        #expect(first.standing == .unverified(reason))
        #expect(first.entry == entry)
    }

    @Test("An unfinished backup is taken up after its head was wrapped anew")
    func resume() async throws {
        let fixture = try VaultFixture(seed: 41)
        let store = MemoryStore()
        try await fixture.write(to: store)
        store.objects[fixture.path.entry] = nil
        let both = try VaultFixture.ring(["second", "first"])
        try await KeyRotation.rewrap(fixture.id, of: VaultFixture.system, in: store, keys: both)
        let writer = try await fixture.resume(in: store, keys: try VaultFixture.ring(["second"]))
        #expect(writer.resumed.chunks > 0)
        await writer.abandon()
    }

    @Test("A key service wraps for one backup of one system, and the ring's own keys open as well")
    func service() async throws {
        let keeper = Vaultkeeper()
        let fixture = try VaultFixture(seed: 42)
        let (store, system) = (MemoryStore(), VaultFixture.system)
        let entry = try await fixture.write(to: store)
        let both = try VaultFixture.ring(["first"], service: keeper)
        try await KeyRotation.rewrap(fixture.id, of: system, in: store, keys: both)
        #expect(try await KeyRotation.keyNeeded(by: fixture.id, of: system, in: store) == "alias/martlet")

        let alone = try KeyRing([], service: keeper)
        _ = try await BackupReader.open(entry, in: store, keys: alone, pace: BytePace())
        let error = await #expect(throws: RecoveryError.self) {
            _ = try await BackupReader.open(entry, in: store, keys: fixture.keys, pace: BytePace())
        }
        #expect(error?.code == .wrongKey)
        #expect(error?.message.hasPrefix("the key service alias/martlet is needed") == true)

        let head = try await BackupHead.peek(at: fixture.path, in: store)
        let wrapped = try #require(head.key)
        let other = KeyOwner.backup(fixture.id, of: SystemID(1))
        #expect(await code { _ = try await alone.unwrap(wrapped, for: other) } == .wrongKey)
    }

    @Test("With a service the store keeps the keys of sealed objects; old ones open, the newest closes")
    func storeKeys() async throws {
        let keeper = Vaultkeeper()
        let (store, system) = (MemoryStore(), VaultFixture.system)
        let name = try #require(ObjectKey("\(system)/wal/00000001/000000010000000000000003"))
        let alone = try KeyRing([], service: keeper)
        #expect(await code { _ = try SealedObject.seal([1], name: name, keys: alone, options: .init()) } == .request)
        let began = VaultFixture.began
        let first = try await alone.unlocked(in: store, of: system)
        let sealed = try SealedObject.seal([1, 2, 3], name: name, keys: first, options: .init())
        #expect(store.objects.count == 1)

        let second = try await alone.renewed(in: store, of: system, now: began + .seconds(1))
        #expect(second.keys.count == 2)
        #expect(second.keys.first?.id != first.keys.first?.id)
        let later = try await alone.unlocked(in: store, of: system)
        #expect(later.keys.map(\.id) == second.keys.map(\.id))
        #expect(try SealedObject.open(sealed, name: name, keys: later) == [1, 2, 3])
        let newer = try SealedObject.seal([4], name: name, keys: later, options: .init())
        #expect(await code { _ = try SealedObject.open(newer, name: name, keys: first) } == .wrongKey)

        let key = try #require(store.objects.keys.min())
        let sound = try #require(store.objects[key])
        for offset in sound.indices {
            store.objects[key]?[offset] ^= 1
            await #expect(throws: RecoveryError.self, "byte \(offset)") {
                _ = try await alone.unlocked(in: store, of: system)
            }
            store.objects[key] = sound
        }
        // Another store has it whole.
        let far = MemoryStore(place: "memory://far")
        far.objects = store.objects
        store.objects[key]?[sound.count / 2] ^= 1
        let both = try MirroredStore([store, far])
        #expect(try await alone.unlocked(in: both, of: system).keys.map(\.id) == second.keys.map(\.id))
        store.objects[key] = sound
        let without = try VaultFixture.ring(["first"])
        #expect(try await without.unlocked(in: store, of: system).keys.map(\.id) == ["first"])
        #expect(await code { _ = try await without.renewed(in: store, of: system) } == .request)
    }

    @Test("A wrapped key is no other backup's")
    func owner() async throws {
        let ring = try VaultFixture.ring(["first"])
        let fixture = try VaultFixture(seed: 43)
        let key = DataKey()
        let wrapped = try await ring.wrap(key, for: fixture.path.owner)
        #expect(try await ring.unwrap(wrapped, for: fixture.path.owner).bytes == key.bytes)
        for owner in [
            KeyOwner.backup(fixture.id, of: SystemID(1)),
            .backup(try VaultFixture(seed: 44).id, of: VaultFixture.system),
        ] {
            #expect(await code { _ = try await ring.unwrap(wrapped, for: owner) } == .damaged)
        }
    }
}
