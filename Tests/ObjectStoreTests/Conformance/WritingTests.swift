// SPDX-License-Identifier: Apache-2.0
// Martlet: writing objects to every kind of store.
import ObjectStore
import Platform
import Testing

@Suite("Writing objects")
struct WritingTests {
    @Test("A put object reads back, with its size and time", arguments: StoreKind.available)
    func put(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let name = try key("a/b/c-1.x=2_3")
            let bytes = testBytes(70_000)
            let before = Timestamp.now()
            let info = try await store.put(bytes, at: name, when: .absent)
            #expect(info.key == name && info.size == 70_000)
            #expect(abs((info.modified - before) / .seconds(1)) < 60)
            #expect(try await store.get(name, limit: 70_000) == bytes)
            let known = try #require(try await store.info(name))
            #expect(known.size == 70_000 && abs((known.modified - before) / .seconds(1)) < 60)
        }
    }

    @Test("An empty object is an object", arguments: StoreKind.available)
    func empty(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let (put, uploaded) = (try key("put"), try key("uploaded"))
            try await store.put([], at: put, when: .absent)
            let info = try await store.uploadBytes([], to: uploaded, piece: 1)
            #expect(info.size == 0)
            for name in [put, uploaded] {
                #expect(try await store.get(name, limit: 0) == [])
                #expect(try await store.downloadBytes(name) == [])
                #expect(try await store.info(name)?.size == 0)
                #expect(
                    await failure { () throws(ObjectStoreError) in
                        try await store.put([1], at: name, when: .absent)
                    }?.code == .exists
                )
            }
            #expect(try await store.names() == ["put", "uploaded"])
        }
    }

    @Test("`.absent` never replaces, `.always` does", arguments: StoreKind.available)
    func conditions(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let name = try key("entry")
            try await store.put([1], at: name, when: .always)
            let put = await failure { () throws(ObjectStoreError) in
                try await store.put([2], at: name, when: .absent)
            }
            #expect(put?.code == .exists && put?.key == name, "\(String(describing: put))")
            let upload = await failure { () throws(ObjectStoreError) in
                _ = try await store.uploadBytes([3], to: name, piece: 1)
            }
            #expect(upload?.code == .exists, "\(String(describing: upload))")
            #expect(try await store.get(name, limit: 10) == [1])
            try await store.put([4, 4], at: name, when: .always)
            #expect(try await store.get(name, limit: 10) == [4, 4])
            _ = try await store.uploadBytes([5], to: name, piece: 1, when: .always)
            #expect(try await store.get(name, limit: 10) == [5])
        }
    }

    @Test("Of 100 writers who ask for `.absent`, exactly one wins and its bytes stay", arguments: StoreKind.available)
    func race(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            for round in 0..<3 {
                let name = try key("race/\(round)")
                let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for writer in 0..<100 {
                        group.addTask {
                            let bytes = testBytes(1000, seed: UInt64(writer))
                            do throws(ObjectStoreError) {
                                if writer % 2 == 0 {
                                    try await store.put(bytes, at: name, when: .absent)
                                } else {
                                    _ = try await store.uploadBytes(bytes, to: name, piece: 500)
                                }
                                return writer
                            } catch {
                                guard error.code == .exists else { throw error }
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: [Int]()) { if let winner = $1 { $0.append(winner) } }
                }
                #expect(winners.count == 1, "winners: \(winners)")
                let winner = try #require(winners.first)
                #expect(try await store.get(name, limit: 1000) == testBytes(1000, seed: UInt64(winner)))
            }
        }
    }

    @Test("An upload is not there until it is finished, and an abandoned one never", arguments: StoreKind.available)
    func visibility(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let name = try key("large")
            let upload = try await store.upload(to: name, when: .absent)
            for _ in 0..<20 { try await upload.write(testBytes(1 << 20)) }
            #expect(try await store.info(name) == nil)
            #expect(try await store.names() == [])
            await upload.abandon()
            await upload.abandon()
            #expect(try await store.info(name) == nil)
            #expect(try await store.names() == [])
            #expect(await failure { () throws(ObjectStoreError) in try await upload.write([1]) } != nil)
            #expect(await failure { () throws(ObjectStoreError) in _ = try await upload.finish() } != nil)
            #expect(try await store.info(name) == nil)
            #expect(try await store.uploadBytes([7], to: name, piece: 1).size == 1)
        }
    }

    @Test("A store that does all of it passes its check and keeps nothing of it", arguments: StoreKind.available)
    func check(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.check()
            #expect(try await store.names() == [])
        }
    }

    @Test("Removing what is there and what is not", arguments: StoreKind.available)
    func removal(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let there = try (0..<30).map { try key("folder-\($0 % 3)/\($0)") }
            for name in there { try await store.put([1], at: name, when: .absent) }
            try await store.put([1], at: try key("folder-0/stays"), when: .absent)
            let absent = try (0..<5).map { try key("nowhere/\($0)") }
            try await store.remove(there + absent)
            #expect(try await store.names() == ["folder-0/stays"])
            try await store.remove(there)
            try await store.remove([])
            try await store.put([2], at: there[1], when: .absent)
            #expect(try await store.names() == ["folder-0/stays", "folder-1/1"])
        }
    }
}
