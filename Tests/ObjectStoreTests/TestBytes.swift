// SPDX-License-Identifier: Apache-2.0
// Martlet: bytes and names for the tests, and what a test asks again and again.
import ObjectStore
import Testing

/// Bytes that differ everywhere, the same for the same seed.
func testBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// A name that the test knows to be valid.
func key(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> ObjectKey {
    try #require(ObjectKey(text), sourceLocation: location)
}

/// What a call fails with; nil if it succeeds.
func failure(_ body: () async throws(ObjectStoreError) -> Void) async -> ObjectStoreError? {
    do throws(ObjectStoreError) {
        try await body()
        return nil
    } catch { return error }
}

extension ObjectStore {
    /// Uploads bytes in pieces of a size.
    func uploadBytes(
        _ bytes: [UInt8],
        to key: ObjectKey,
        piece: Int,
        when condition: WriteCondition = .absent
    ) async throws(ObjectStoreError) -> ObjectInfo {
        let upload = try await upload(to: key, when: condition)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + piece)
            try await upload.write(Array(bytes[start..<end]))
            start = end
        }
        return try await upload.finish()
    }

    /// Reads an object by ``download(_:range:)``.
    func downloadBytes(_ key: ObjectKey, range: Range<Int64>? = nil) async throws(ObjectStoreError) -> [UInt8] {
        let download = try await download(key, range: range)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(download.size))
        while let more = try await download.next() {
            #expect(!more.isEmpty && more.count <= 1 << 20)
            bytes += more
        }
        #expect(bytes.count == download.size)
        await download.close()
        return bytes
    }

    /// All names below a prefix, by pages of a size.
    func names(_ prefix: String = "", page: Int = 1000) async throws(ObjectStoreError) -> [String] {
        var found: [String] = []
        var last: ObjectKey?
        while true {
            let answer = try await list(prefix: prefix, after: last, limit: page)
            found += answer.objects.map(\.key.description)
            #expect(answer.objects.count <= page)
            guard answer.hasMore else { return found }
            #expect(!answer.objects.isEmpty)
            last = answer.objects.last?.key
        }
    }
}
