// SPDX-License-Identifier: Apache-2.0
// Martlet: what a bucket says of an object without its bytes.
internal import NIOHTTP1

/// The headers of an object.
struct S3Facts: Sendable {
    let info: ObjectInfo
    /// Names the bytes: it changes with them.
    let tag: String?
    /// Whose write it was.
    let token: String?
    /// What the bytes are checked against.
    let check: S3BodyCheck?
}

extension S3Client {
    /// Asks for an object's headers; nil if there is none.
    func facts(_ key: ObjectKey) async throws(ObjectStoreError) -> S3Facts? {
        var call = S3Call(.HEAD, key)
        call.headers = [("x-amz-checksum-mode", "ENABLED")]
        let reply: HTTPReply
        do throws(AWSFailure) { reply = try await send(call) } catch {
            if error.error.code == .notFound { return nil }
            throw error.error
        }
        guard let size = reply.header("content-length").flatMap({ Int64($0) }) else {
            throw error(.unavailable, "the store did not say how long the object is", key)
        }
        return S3Facts(
            info: ObjectInfo(key: key, size: size, modified: time(reply)),
            tag: reply.header("etag"),
            token: reply.header(S3Store.tokenHeader),
            check: S3BodyCheck(reply)
        )
    }
}
