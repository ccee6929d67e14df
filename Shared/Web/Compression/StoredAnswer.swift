// SPDX-License-Identifier: Apache-2.0
// Martlet: an answer that is the same for all who ask, compressed once.

public import HTTPTypes
public import Hummingbird
public import NIOCore
internal import Synchronization

/// An answer that many clients get: with a tag, and with its compressed form made when the first of them takes it.
///
/// ```swift
/// let answer = StoredAnswer(body: json.buffer, type: "application/json", tag: ETag.of(json.buffer))
/// routes.add(.get, "/status.json") { request, _ in answer.response(to: request) }
/// ```
public final class StoredAnswer: Sendable {
    private enum Packed { case unknown, worthless, made(ByteBuffer) }

    private let body: ByteBuffer
    private let headers: HTTPFields
    private let level: Int32
    private let packed = Mutex(Packed.unknown)

    /// Keeps an answer.
    ///
    /// - Parameters:
    ///   - tag: A weak entity tag, such as `W/"abc"`, since the compressed form bears it too.
    ///   - level: How hard to compress: 1 is fast, 9 small; 6 by default.
    public init(body: ByteBuffer, type: String, tag: String, headers: HTTPFields = [:], level: Int = 6) {
        self.body = body
        self.level = Int32(min(max(level, 1), 9))
        var headers = headers
        headers[.contentType] = type
        headers[.eTag] = tag
        headers[.vary] = "Accept-Encoding"
        self.headers = headers
    }

    /// What this client gets: nothing when it has the answer, and the compressed form when it takes that.
    public func response(to request: Request) -> Response {
        if ETag.matches(request, headers[.eTag]) {
            var headers = headers
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        guard AcceptEncoding.takesGzip(request.headers[.acceptEncoding]), let bytes = compressed() else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
        var headers = headers
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }

    /// Made by one while the others wait, so that a thousand viewers cost one compression.
    private func compressed() -> ByteBuffer? {
        packed.withLock { packed in
            if case .unknown = packed {
                let isWorth = body.readableBytes >= Gzip.smallest && Gzip.suits(headers[.contentType])
                packed = (isWorth ? Gzip.compress(body, level: level) : nil).map(Packed.made) ?? .worthless
            }
            guard case .made(let bytes) = packed else { return nil }
            return bytes
        }
    }
}
