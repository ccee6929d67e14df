// SPDX-License-Identifier: Apache-2.0
// Martlet: several stores as one, some of them away.
import Testing

@testable import ObjectStore

@Suite("Several stores as one")
struct MirroredStoreTests {
    private let a: FlakyStore
    private let b: FlakyStore
    private let c: FlakyStore

    init() async throws { (a, b, c) = (try await FlakyStore(), try await FlakyStore(), try await FlakyStore()) }

    @Test("Writes succeed in as many stores as are required, and fail with each place otherwise")
    func required() async throws {
        let store = try MirroredStore([a, b, c], required: 2)
        b.set(.away)
        try await store.put([1], at: try key("put"), when: .absent)
        _ = try await store.uploadBytes([2], to: try key("uploaded"), piece: 1)
        #expect(a.folder.files() == ["put", "uploaded"] && a.folder.files() == c.folder.files())
        c.set(.away)
        let name = try key("few")
        for condition in [WriteCondition.absent, .always] {
            let put = await failure { () throws(ObjectStoreError) in
                try await store.put([1], at: name, when: condition)
            }
            #expect(put?.code == .unavailable && put?.key == name)
            #expect(put?.message.contains(b.place) == true && put?.message.contains(c.place) == true)
        }
        let upload = await failure { () throws(ObjectStoreError) in _ = try await store.upload(to: name, when: .always)
        }
        #expect(upload?.code == .unavailable)
        print("too few: \(upload?.description ?? "")")
    }

    @Test("What too few stores have is taken back when it was written as absent")
    func takenBack() async throws {
        let store = try MirroredStore([a, b], required: 2)
        b.set(.away)
        let name = try key("object")
        #expect(
            await failure { () throws(ObjectStoreError) in
                try await store.put([1], at: name, when: .absent)
            }?.code == .unavailable
        )
        #expect(a.folder.files() == [])
        b.set(.none)
        try await store.put([1], at: name, when: .absent)
    }

    @Test("`.absent` is decided by the first store that answers")
    func absent() async throws {
        let store = try MirroredStore([a, b, c], required: 2)
        let name = try key("object")
        try await a.put([1], at: name, when: .absent)
        #expect(
            await failure { () throws(ObjectStoreError) in
                try await store.put([2], at: name, when: .absent)
            }?.code == .exists
        )
        #expect(b.folder.files() == [] && c.folder.files() == [])
        a.set(.away)
        try await store.put([2], at: name, when: .absent)
        #expect(try await store.get(name, limit: 1) == [2])
    }

    @Test("A store that fails in the midst of an upload is left out, and keeps nothing")
    func midst() async throws {
        let store = try MirroredStore([a, b], required: 1)
        let upload = try await store.upload(to: try key("object"), when: .absent)
        try await upload.write([1, 2])
        a.set(.away)
        try await upload.write([3])
        #expect(try await upload.finish().size == 3)
        #expect(a.folder.files() == [] && b.folder.files() == ["object"])
        a.set(.none)
        #expect(try await store.get(try key("object"), limit: 3) == [1, 2, 3])
    }

    @Test("Reads fail over, also in the midst of a download")
    func failover() async throws {
        let store = try MirroredStore([a, b])
        let name = try key("object")
        let bytes = testBytes(5 << 20)
        _ = try await store.uploadBytes(bytes, to: name, piece: 1 << 20)
        a.set(.breaks(2 << 20))
        #expect(try await store.downloadBytes(name) == bytes)
        #expect(
            try await store.downloadBytes(name, range: 1_000_000..<4_500_000) == Array(bytes[1_000_000..<4_500_000])
        )
        a.set(.away)
        #expect(try await store.downloadBytes(name) == bytes)
        #expect(try await store.info(name)?.size == 5 << 20)
        #expect(try await store.names() == ["object"])
        b.set(.breaks(1 << 20))
        a.set(.breaks(1 << 20))
        let both = await failure { () throws(ObjectStoreError) in _ = try await store.downloadBytes(name) }
        #expect(both?.code == .unavailable && both?.message.contains(a.place) == true, "\(String(describing: both))")
    }

    @Test("Nobody says that there is no object while a store is away")
    func unknown() async throws {
        let store = try MirroredStore([a, b])
        let name = try key("object")
        #expect(try await store.info(name) == nil)
        b.set(.away)
        #expect(await failure { () throws(ObjectStoreError) in _ = try await store.info(name) }?.code == .unavailable)
        let get = await failure { () throws(ObjectStoreError) in _ = try await store.get(name, limit: 1) }
        #expect(get?.code == .unavailable)
    }

    @Test("A listing is the union, page by page")
    func union() async throws {
        let store = try MirroredStore([a, b, c])
        var wanted: [String] = []
        for number in 0..<60 {
            let name = try key("n/\(100 + number * 37 % 60)")
            wanted.append(name.description)
            try await [a, b, c][number % 3].put([1], at: name, when: .absent)
            if number % 4 == 0 { try await [a, b, c][(number + 1) % 3].put([1], at: name, when: .absent) }
        }
        for page in [1, 7, 60, 1000] { #expect(try await store.names("n/", page: page) == wanted.sorted()) }
    }

    @Test("A repair copies what is absent, overwrites nothing and tells what differs")
    func repair() async throws {
        let store = try MirroredStore([a, b, c], required: 1)
        let bytes = testBytes(3_000_000)
        for number in 0..<25 { try await [a, b][number % 2].put([1], at: try key("small/\(number)"), when: .absent) }
        try await b.put(bytes, at: try key("large"), when: .absent)
        try await a.put([1], at: try key("differs"), when: .absent)
        try await b.put([1, 2], at: try key("differs"), when: .absent)
        let report = try await store.repair(prefix: "", page: 7)
        #expect(report.copied == 2 * 25 + 2 + 1 && report.bytes == 50 + 6_000_000 + 1)
        #expect(report.differing == [try key("differs")] && report.failures.isEmpty)
        #expect(a.folder.files() == b.folder.files() && b.folder.files() == c.folder.files())
        #expect(try await c.get(try key("large"), limit: 3_000_000) == bytes)
        #expect(try await b.get(try key("differs"), limit: 2) == [1, 2])
        #expect(try await store.repair().copied == 0)
        c.set(.away)
        let away = await failure { () throws(ObjectStoreError) in _ = try await store.repair() }
        #expect(away?.code == .unavailable && away?.message.contains(c.place) == true)
    }

    @Test("Removing fails when a store is away, and is done in the others")
    func removal() async throws {
        let store = try MirroredStore([a, b])
        let name = try key("object")
        try await store.put([1], at: name, when: .absent)
        b.set(.away)
        #expect(await failure { () throws(ObjectStoreError) in try await store.remove([name]) }?.code == .unavailable)
        #expect(a.folder.files() == [])
        b.set(.none)
        try await store.remove([name])
        #expect(b.folder.files() == [])
    }

    @Test("Settings that make no sense are refused")
    func settings() async throws {
        for (stores, required) in [([a, b], 0), ([a, b], 3), ([a, a], 1), ([], nil)] as [([FlakyStore], Int?)] {
            #expect(throws: ObjectStoreError.self) { _ = try MirroredStore(stores, required: required) }
        }
    }
}
