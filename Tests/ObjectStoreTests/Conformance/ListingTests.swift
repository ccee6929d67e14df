// SPDX-License-Identifier: Apache-2.0
// Martlet: listing objects of every kind of store.
import ObjectStore
import Testing

@Suite("Listing objects")
struct ListingTests {
    @Test("Pages of any size give each object once, by name", arguments: StoreKind.available)
    func pages(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            var wanted: [String] = []
            for folder in ["a", "a/b", "b", "wal/00000001"] {
                for number in 0..<8 { wanted.append("\(folder)/object-\(number)") }
            }
            wanted += ["top", "wal/x", "z"]
            for name in wanted { try await store.put(Array(name.utf8), at: try key(name), when: .absent) }
            wanted.sort()
            for page in [1, 2, 3, 7, 34, 35, 36, 1000] {
                #expect(try await store.names(page: page) == wanted, "pages of \(page)")
            }
            for prefix in ["a", "a/", "a/b/", "a/b/object-3", "b/obj", "wal/", "wal/00000001/", "wa", "none", "x/"] {
                let names = try await store.names(prefix, page: 3)
                #expect(names == wanted.filter { $0.hasPrefix(prefix) }, "prefix \(prefix)")
            }
            let page = try await store.list(prefix: "a/", after: try key("a/b/object-5"), limit: 3)
            #expect(page.objects.map(\.key.description) == ["a/b/object-6", "a/b/object-7", "a/object-0"])
            #expect(page.objects.map(\.size) == [12, 12, 10] && page.hasMore)
            #expect(try await store.list(prefix: "b/", after: try key("b/object-6"), limit: 1).hasMore == false)
            #expect(try await store.list(prefix: "b/", after: try key("c"), limit: 1).objects.isEmpty)
        }
    }

    /// SeaweedFS keeps folders and lists `a/x` before `a-b`; AWS orders by bytes.
    @Test("Names order by bytes, whatever looks like a folder", arguments: StoreKind.available.filter { $0 != .s3 })
    func order(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let names = ["a-b", "a.b", "a/x", "a/x-/y", "a/x.y/z", "a0", "aa/b", "b", "b-/c", "b./c"]
            for name in names.reversed() { try await store.put([1], at: try key(name), when: .absent) }
            for page in [1, 3, 1000] { #expect(try await store.names(page: page) == names) }
        }
    }

    @Test("Prefixes that no name has give nothing", arguments: StoreKind.available)
    func oddPrefixes(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.put([1], at: try key("a/b"), when: .absent)
            for prefix in ["/", "//", "../", "a//", "/a", ".", "ä", "a/b/", "a b", "%2e%2e/", "a/../a/", "a&b=<c>"] {
                #expect(try await store.names(prefix) == [], "prefix \(prefix)")
            }
        }
    }
}
