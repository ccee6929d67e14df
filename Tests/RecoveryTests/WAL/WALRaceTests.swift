// SPDX-License-Identifier: Apache-2.0
// Martlet: the log is fetched while a receiver joins its pieces, and from several stores.

import ObjectStore
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

@Suite("The archive of the log while it changes", .timeLimit(.minutes(1)))
struct WALRaceTests {
    private static let system = SystemID(42)
    private static let segment = WALSegment(timeline: 1, upper: 0, lower: 3)
    private let bytes = WALArchiveTests.segment(segment, of: system)
    private let store = ScriptedStore()
    private let folder: RecoveryFolder
    private let archive: WALArchive

    init() throws {
        folder = try RecoveryFolder()
        archive = Self.archive(in: store)
    }

    private static func archive(in store: any ObjectStore) -> WALArchive {
        var options = VaultOptions()
        options.isEncrypted = false
        return WALArchive(of: system, in: store, keys: .plain, options: options)
    }

    private func key(_ piece: Range<Int>) throws -> ObjectKey { try archive.key(Self.segment, piece) }

    private func sealed(_ bytes: [UInt8], _ key: ObjectKey) throws -> [UInt8] {
        try SealedObject.seal(bytes, name: key, keys: .plain, options: archive.options)
    }

    /// Plants objects sealed for their names.
    private func plant(_ range: Range<Int>) throws {
        store.plant(try key(range), try sealed(Array(bytes[range]), try key(range)), at: .now())
    }

    private func fetch(endsAtGap: Bool = false) async throws -> (WALArchive.Fetch, [UInt8]) {
        let path = "\(folder.path)/fetched"
        let outcome = try await archive.fetch("\(Self.segment)", into: path, endsAtGap: endsAtGap)
        return (outcome, outcome == .absent ? [] : try RecoveryFolder.bytes(of: path))
    }

    @Test("Pieces that are joined after they were listed are listed anew")
    func joined() async throws {
        try plant(0..<300)
        try plant(300..<500)
        let (first, second, both) = (try key(0..<300), try key(300..<500), try key(0..<500))
        let joined = try sealed(Array(bytes[0..<500]), both)
        store.follow(
            ScriptedStore.Script(before: { [store] operation in
                guard operation == .get(first) else { return }
                store.plant(both, joined, at: .now())
                store.lose(first)
                store.lose(second)
            })
        )
        let (outcome, found) = try await fetch()
        #expect(outcome == .pieces && found.prefix(500) == bytes.prefix(500))
        #expect(found.count == bytes.count && found.dropFirst(500).allSatisfy { $0 == 0 })
    }

    @Test("A segment that is completed while its pieces are looked for is fetched whole", arguments: [false, true])
    func completed(isListed: Bool) async throws {
        try plant(0..<300)
        let (piece, whole) = (try key(0..<300), try archive.key(.segment(Self.segment)))
        let complete = try sealed(bytes, whole)
        // Before the pieces are listed, or after.
        let moment: ScriptedStore.Operation =
            isListed ? .get(piece) : .list(archive.pieceFolder(Self.segment))
        store.follow(
            ScriptedStore.Script(before: { [store] operation in
                guard operation == moment else { return }
                store.plant(whole, complete, at: .now())
                store.lose(piece)
            })
        )
        let (outcome, found) = try await fetch()
        #expect(outcome == .whole && found == bytes)
    }

    @Test("A segment that is completed and followed by another one is no gap")
    func followed() async throws {
        try plant(0..<300)
        let (piece, whole) = (try key(0..<300), try archive.key(.segment(Self.segment)))
        let next = Self.segment.next(size: bytes.count)
        let later = try archive.key(.segment(next))
        let (complete, after) = (
            try sealed(bytes, whole), try sealed(WALArchiveTests.segment(next, of: Self.system), later)
        )
        store.follow(
            ScriptedStore.Script(after: { [store] operation in
                guard operation == .get(piece) else { return }
                store.plant(whole, complete, at: .now())
                store.plant(later, after, at: .now())
                store.lose(piece)
            })
        )
        let (outcome, found) = try await fetch()
        #expect(outcome == .whole && found == bytes)
    }

    @Test("Pieces that vanish again and again end the fetch with an error, after a few looks")
    func bounded() async throws {
        let looks = Mutex(0)
        let keys = try (1...20).map { try key(0..<($0 * 10)) }
        let contents = try (1...20).map { try sealed(Array(bytes[0..<($0 * 10)]), keys[$0 - 1]) }
        store.plant(keys[0], contents[0], at: .now())
        store.follow(
            ScriptedStore.Script(before: { [store] operation in
                guard case .get(let key) = operation, let number = keys.firstIndex(of: key), number < 19 else { return }
                looks.withLock { $0 += 1 }
                store.lose(key)
                store.plant(keys[number + 1], contents[number + 1], at: .now())
            })
        )
        let error = await recoveryFailure { _ = try await fetch() }
        #expect(error?.code == .notFound && looks.withLock { $0 } == 5)
    }

    @Test("The end of the log is what each of several stores says, unless the operator gives up what one may have")
    func severalStores() async throws {
        let far = ScriptedStore(place: "memory://far")
        let mirror = try MirroredStore([far, store], required: 1)
        let both = Self.archive(in: mirror)
        try await both.put(bytes, as: Self.segment)
        let next = "\(Self.segment.next(size: bytes.count))"
        let path = "\(folder.path)/fetched"
        #expect(try await both.fetch(next, into: path) == .absent)
        far.follow(
            ScriptedStore.Script(before: { _ throws(ObjectStoreError) in
                throw ObjectStoreError(.unavailable, "it is away", place: "memory://far")
            })
        )
        #expect(try await both.fetch("\(Self.segment)", into: path) == .whole)
        #expect(try RecoveryFolder.bytes(of: path) == bytes)
        let error = await recoveryFailure { _ = try await both.fetch(next, into: path) }
        #expect(
            error?.code == .store && error?.message.contains("memory://far may have it") == true,
            "\(String(describing: error))"
        )
        #expect(try await both.fetch(next, into: path, trustsRest: true) == .absent)
    }

    @Test("Pieces are the end of the log only when no store has more, or a later segment")
    func piecesInSeveralStores() async throws {
        let far = ScriptedStore(place: "memory://far")
        let both = Self.archive(in: try MirroredStore([far, store], required: 1))
        let (short, long) = (try key(0..<300), try key(0..<500))
        let path = "\(folder.path)/fetched"
        for one in [far, store] { one.plant(short, try sealed(Array(bytes[0..<300]), short), at: .now()) }
        #expect(try await both.fetch("\(Self.segment)", into: path) == .pieces)

        // What a store has is known again only after the pieces of the other were read.
        let away = ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
            guard case .list = operation else { return }
            throw ObjectStoreError(.unavailable, "it is away", place: "memory://far")
        })
        far.follow(away)
        let unasked = await recoveryFailure { _ = try await both.fetch("\(Self.segment)", into: path) }
        #expect(unasked?.code == .store && unasked?.message.contains("memory://far may have it") == true)
        #expect(try await both.fetch("\(Self.segment)", into: path, trustsRest: true) == .pieces)

        far.plant(long, try sealed(Array(bytes[0..<500]), long), at: .now())
        let looks = Mutex(0)
        far.follow(
            ScriptedStore.Script(before: { operation throws(ObjectStoreError) in
                // Away for the look at both stores together, back for the look at each.
                guard case .list = operation,
                    looks.withLock({
                        $0 += 1; return $0
                    }) == 1
                else { return }
                throw ObjectStoreError(.unavailable, "it is away", place: "memory://far")
            })
        )
        let more = await recoveryFailure { _ = try await both.fetch("\(Self.segment)", into: path) }
        #expect(more?.code == .store && more?.message.contains("memory://far has more of") == true, "\(more as Any)")
    }

    @Test("A damaged copy of a segment is read from the other store")
    func damagedCopy() async throws {
        let far = ScriptedStore(place: "memory://far")
        let both = Self.archive(in: try MirroredStore([store, far]))
        try await both.put(bytes, as: Self.segment)
        let key = try archive.key(.segment(Self.segment))
        var damaged = try sealed(bytes, key)
        damaged[damaged.count / 2] ^= 1
        store.plant(key, damaged, at: .now())
        let path = "\(folder.path)/fetched"
        #expect(try await both.fetch("\(Self.segment)", into: path) == .whole)
        #expect(try RecoveryFolder.bytes(of: path) == bytes)
        let alone = await recoveryFailure { _ = try await archive.fetch("\(Self.segment)", into: path) }
        #expect(alone?.code == .damaged)
    }
}
