// SPDX-License-Identifier: Apache-2.0
// Martlet: one operation on a bucket, as it is sent at each attempt.
internal import NIOCore
internal import NIOHTTP1

/// A request that may be sent again: nothing in it is used up by an attempt.
struct S3Call: Sendable {
    /// What the answer to anything but an object may have.
    static let answerLimit = 8 << 20

    var method: HTTPMethod
    /// The object; nil for the bucket.
    var key: ObjectKey?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: ByteBuffer?
    var digest = PayloadDigest.empty
    /// Bytes that the answer may have.
    var limit = S3Call.answerLimit
    /// Takes the answer's body as it comes.
    var receive: (@Sendable (ByteBuffer) -> Void)?
    /// Whether ``receive`` has taken bytes of a failed attempt, so that the call must not be sent again as it is.
    var isSpoiled: (@Sendable () -> Bool)?
    /// Looks at a success before it counts as one.
    var verify: (@Sendable (HTTPReply) throws(AWSFailure) -> Void)?

    init(_ method: HTTPMethod, _ key: ObjectKey? = nil) {
        self.method = method
        self.key = key
    }

    /// Sets a body that is already in memory.
    mutating func setBody(_ text: String) {
        let bytes = Array(text.utf8)
        body = ByteBuffer(bytes: bytes)
        digest = PayloadDigest(of: bytes)
    }
}
