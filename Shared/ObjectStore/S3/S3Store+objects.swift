// SPDX-License-Identifier: Apache-2.0
// Martlet: single objects of a bucket.
internal import Crypto
internal import NIOCore
internal import NIOHTTP1

extension S3Store {
    /// Writes a small object in one request.
    @discardableResult
    public func put(
        _ bytes: [UInt8],
        at key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> ObjectInfo {
        var hasher = SHA256()
        // In pieces: a task that hashes for long holds up the others.
        for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
            bytes[start..<min(bytes.count, start + 1 << 20)].withUnsafeBytes { hasher.update(bufferPointer: $0) }
            await Task.yield()
        }
        return try await client.put(ByteBuffer(bytes: bytes), PayloadDigest(hasher), at: key, when: condition)
    }

    /// Begins an object of unknown size: one request up to a part's size, else an upload by parts.
    public func upload(
        to key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> any ObjectUpload {
        S3Upload(client, to: key, when: condition)
    }

    /// Reads a small object whole, verified by the store's checksum.
    public func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        var call = S3Call(.GET, key)
        call.headers = [("x-amz-checksum-mode", "ENABLED")]
        call.limit = limit
        call.verify = { [client] (reply) throws(AWSFailure) in
            var check = S3BodyCheck(reply)
            check?.update(reply.body[...])
            if let mismatch = check?.mismatch() { try client.check(mismatch.theirs, is: mismatch.ours, key) }
        }
        return try await send(call).body
    }

    /// Begins to read an object, or a range of it.
    public func download(
        _ key: ObjectKey,
        range: Range<Int64>?
    ) async throws(ObjectStoreError) -> any ObjectDownload {
        guard let facts = try await client.facts(key) else {
            throw client.error(.notFound, "there is no such object", key)
        }
        let size = facts.info.size
        let range = range ?? 0..<size
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw client.error(.notFound, "the object has \(size) bytes; asked for were \(range)", key)
        }
        return S3Download(client, facts, range: range)
    }

    /// What is known of an object; nil if there is none.
    public func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? {
        try await client.facts(key)?.info
    }
}
