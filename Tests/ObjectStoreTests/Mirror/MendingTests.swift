// SPDX-License-Identifier: Apache-2.0
// Martlet: damaged copies are written anew from sound ones.
import Testing

@testable import ObjectStore

@Suite("Damaged copies")
struct MendingTests {
    /// Takes copies for sound that end with 1.
    private struct LastByte: CopyJudge {
        func expectsSame(_ key: ObjectKey) -> Bool { !key.description.hasPrefix("lease/") }

        func isSound(
            _ key: ObjectKey,
            sum: [UInt8],
            in store: any ObjectStore
        ) async throws(ObjectStoreError) -> Bool {
            let bytes = try await store.get(key, limit: 8 << 20)
            #expect(PayloadDigest(of: bytes).bytes == sum)
            return bytes.last == 1
        }
    }

    private let a: FlakyStore
    private let b: FlakyStore
    private let c: FlakyStore

    init() async throws { (a, b, c) = (try await FlakyStore(), try await FlakyStore(), try await FlakyStore()) }

    @Test("A damaged copy is replaced by the sound one, wherever it lies")
    func mended() async throws {
        let store = try MirroredStore([a, b, c])
        let (sound, damaged) = (testBytes(3_000_000) + [1], testBytes(3_000_000, seed: 2) + [0])
        for name in ["first", "second", "third"] {
            for other in [a, b, c] { try await other.put(sound, at: try key(name), when: .absent) }
        }
        try await a.put(damaged, at: try key("first"), when: .always)
        try await b.put([], at: try key("second"), when: .always)
        try await c.put(damaged, at: try key("second"), when: .always)
        let report = try await store.mend(judge: LastByte())
        #expect(report.mended == 3 && report.bytes == 9_000_003)
        #expect(report.differing.isEmpty && report.failures.isEmpty)
        for other in [a, b, c] {
            for name in ["first", "second", "third"] {
                #expect(try await other.get(try key(name), limit: 8 << 20) == sound)
            }
        }
        #expect(try await store.mend(judge: LastByte()).mended == 0)
    }

    @Test("Without one sound copy nothing is touched, and what differs is told")
    func untouched() async throws {
        let store = try MirroredStore([a, b], required: 1)
        let contents: [String: ([UInt8], [UInt8])] = [
            "none": ([5, 0], [6, 0]), "both": ([5, 1], [6, 1]), "lease/1": ([7, 1], [8, 0]), "same": ([9], [9]),
        ]
        for (name, (one, other)) in contents {
            try await a.put(one, at: try key(name), when: .absent)
            try await b.put(other, at: try key(name), when: .absent)
        }
        try await a.put([3, 0], at: try key("alone"), when: .absent)
        let report = try await store.mend(judge: LastByte())
        #expect(report.mended == 0 && report.failures.isEmpty)
        #expect(report.differing == [try key("both"), try key("none")])
        for (name, (one, other)) in contents {
            #expect(try await a.get(try key(name), limit: 2) == one)
            #expect(try await b.get(try key(name), limit: 2) == other)
        }
    }

    @Test("A copy that can't be read to its end is told, and the others are mended")
    func unreadable() async throws {
        let store = try MirroredStore([a, b])
        for name in ["large", "small"] {
            let bytes = testBytes(name == "large" ? 3_000_000 : 10) + [1]
            try await a.put(bytes, at: try key(name), when: .absent)
            try await b.put(Array(bytes.dropLast()), at: try key(name), when: .absent)
        }
        a.set(.breaks(1_000_000))
        let report = try await store.mend(judge: LastByte())
        #expect(report.mended == 1 && report.failures.map(\.place) == [a.place])
        #expect(try await b.get(try key("small"), limit: 20).count == 11)
        #expect(try await b.get(try key("large"), limit: 8 << 20).count == 3_000_000)
    }
}
