// SPDX-License-Identifier: Apache-2.0
// Martlet: sealed objects.

import ObjectStore
import Platform
import Testing

@testable import Recovery

@Suite("Sealed objects")
struct SealedObjectTests {
    let name: ObjectKey
    let keys: KeyRing

    init() throws {
        name = try #require(ObjectKey("7312/wal/00000001/000000010000000000000003"))
        keys = try VaultFixture.ring(["new", "old"])
    }

    @Test("An object comes back, whatever its size", arguments: [0, 1, 4_096, 3_000_000])
    func roundTrip(_ size: Int) throws {
        var random = SeededBytes(seed: 1)
        let plain = random.mixture(size)
        var options = VaultOptions()
        for compression in CodecTests.ways {
            options.compression = compression
            let sealed = try SealedObject.seal(plain, name: name, keys: keys, options: options)
            #expect(try SealedObject.open(sealed, name: name, keys: keys) == plain)
            let beginning = Array(sealed.prefix(SealedObject.factsLength))
            #expect(try SealedObject.facts(beginning, name: name, keys: keys) == SealedFacts(of: plain))
        }
    }

    @Test("It opens under its own name only")
    func names() throws {
        let sealed = try SealedObject.seal([1, 2, 3], name: name, keys: keys, options: VaultOptions())
        let other = try #require(ObjectKey("7312/wal/00000001/000000010000000000000004"))
        #expect(code { _ = try SealedObject.open(sealed, name: other, keys: keys) } == .damaged)
        #expect(code { _ = try SealedObject.facts(sealed, name: other, keys: keys) } == .damaged)
    }

    @Test("Old keys open, new ones close, and a missing or another key is named")
    func rotation() throws {
        let old = try VaultFixture.ring(["old"])
        let sealed = try SealedObject.seal([1, 2, 3], name: name, keys: old, options: VaultOptions())
        #expect(try SealedObject.open(sealed, name: name, keys: keys) == [1, 2, 3])
        let closed = try SealedObject.seal([1, 2, 3], name: name, keys: keys, options: VaultOptions())
        let missing = #expect(throws: RecoveryError.self) { try SealedObject.open(closed, name: name, keys: old) }
        let (new, had) = (try VaultFixture.key("new"), try VaultFixture.key("old"))
        #expect(missing?.code == .wrongKey)
        #expect(missing?.message == "key 'new' (\(new.fingerprint)) is needed; the key ring has \(had)")
        let impostor = try KeyRing([try #require(RingKey(id: "new", bytes: [UInt8](repeating: 1, count: 32)))])
        let wrong = #expect(throws: RecoveryError.self) { try SealedObject.open(closed, name: name, keys: impostor) }
        #expect(wrong?.code == .wrongKey)
        #expect(wrong?.message.contains("another key of this id") == true)
    }

    @Test("Every changed or missing byte is found", arguments: [true, false])
    func damage(isEncrypted: Bool) throws {
        var random = SeededBytes(seed: 3)
        var options = VaultOptions()
        options.isEncrypted = isEncrypted
        options.chunkSize = .kibibytes(4)
        let keys = isEncrypted ? self.keys : KeyRing.plain
        let plain = random.mixture(9_000)
        let sealed = try SealedObject.seal(plain, name: name, keys: keys, options: options)
        for offset in sealed.indices {
            var bytes = sealed
            bytes[offset] ^= UInt8(random.next() % 255) + 1
            #expect(throws: RecoveryError.self, "byte \(offset)") {
                try SealedObject.open(bytes, name: name, keys: keys)
            }
            #expect(throws: RecoveryError.self, "cut at \(offset)") {
                try SealedObject.open(Array(sealed.prefix(offset)), name: name, keys: keys)
            }
        }
        #expect(throws: RecoveryError.self) { try SealedObject.open(sealed + [0], name: name, keys: keys) }
    }

    @Test("Without encryption it is refused by a ring that doesn't allow that")
    func plain() throws {
        var options = VaultOptions()
        options.isEncrypted = false
        let sealed = try SealedObject.seal([1], name: name, keys: .plain, options: options)
        #expect(try SealedObject.open(sealed, name: name, keys: .plain) == [1])
        #expect(code { _ = try SealedObject.open(sealed, name: name, keys: keys) } == .wrongKey)
        #expect(code { _ = try SealedObject.seal([1], name: name, keys: .plain, options: VaultOptions()) } == .request)
    }

    private func code(_ body: () throws -> Void) -> RecoveryError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RecoveryError)?.code
        }
    }
}
