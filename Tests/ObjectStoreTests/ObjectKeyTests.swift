// SPDX-License-Identifier: Apache-2.0
// Martlet: names of objects.

import ObjectStore
import Testing

@Suite("Names of objects")
struct ObjectKeyTests {
    @Test(
        "Names that are no file's name or need escaping are refused",
        arguments: [
            "", "/", "a/", "/a", "a//b", "..", "a/../b", ".a", "a b", "ä", "a\u{0}b",
            String(repeating: "a", count: 201),
        ]
    )
    func refused(_ text: String) { #expect(ObjectKey(text) == nil) }

    @Test("Names keep their text and order by bytes")
    func kept() throws {
        let first = try #require(ObjectKey("7312/wal/00000001/000000010000000000000003"))
        let second = try #require(ObjectKey("7312/wal/00000001/000000010000000000000003.part"))
        #expect(first.name == "000000010000000000000003")
        #expect(first < second && first.description == "7312/wal/00000001/000000010000000000000003")
    }
}
