// SPDX-License-Identifier: Apache-2.0
// Martlet: reading objects from every kind of store.
import ObjectStore
import Testing

@Suite("Reading objects")
struct ReadingTests {
    @Test("Ranges give exactly their bytes", arguments: StoreKind.available)
    func ranges(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let name = try key("object")
            let bytes = testBytes(5_000_000)
            _ = try await store.uploadBytes(bytes, to: name, piece: 777_777)
            #expect(try await store.downloadBytes(name) == bytes)
            let size = Int64(bytes.count)
            let ranges: [Range<Int64>] = [
                0..<1, 0..<size, 1..<2, 999_999..<1_000_001, (size - 1)..<size, 0..<0, size..<size,
                1_048_575..<3_145_729,
            ]
            for range in ranges {
                let part = try await store.downloadBytes(name, range: range)
                #expect(part == Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]), "\(range)")
            }
            for range in [0..<(size + 1), size..<(size + 1), (size + 5)..<(size + 9)] {
                let trouble = await failure { () throws(ObjectStoreError) in
                    _ = try await store.download(name, range: range)
                }
                #expect(trouble?.code == .notFound, "\(range): \(String(describing: trouble))")
            }
        }
    }

    @Test("What isn't there is not found", arguments: StoreKind.available)
    func absent(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.put([1], at: try key("a"), when: .absent)
            for name in [try key("b"), try key("b/c"), try key("a/b/c")] {
                #expect(try await store.info(name) == nil)
                let get = await failure { () throws(ObjectStoreError) in _ = try await store.get(name, limit: 1) }
                #expect(get?.code == .notFound && get?.key == name, "\(String(describing: get))")
                let download = await failure { () throws(ObjectStoreError) in
                    _ = try await store.download(name, range: nil)
                }
                #expect(download?.code == .notFound, "\(String(describing: download))")
            }
        }
    }

    @Test("An object beyond the limit is too large", arguments: StoreKind.available)
    func limit(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let name = try key("object")
            try await store.put(testBytes(1001), at: name, when: .absent)
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await store.get(name, limit: 1000) }
            #expect(trouble?.code == .tooLarge)
            #expect(try await store.get(name, limit: 1001).count == 1001)
        }
    }

    @Test("A closed download gives nothing more, and closes twice", arguments: StoreKind.available)
    func closing(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let name = try key("object")
            try await store.put(testBytes(3_000_000), at: name, when: .absent)
            let download = try await store.download(name, range: nil)
            #expect(try await download.next() != nil)
            await download.close()
            await download.close()
            #expect(await failure { () throws(ObjectStoreError) in _ = try await download.next() } != nil)
        }
    }
}
