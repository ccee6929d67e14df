// SPDX-License-Identifier: Apache-2.0
// Martlet: compresses answers that are in memory whole, for services whose answers are large and asked over the internet.

internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Compresses what is large enough, of a type that gets smaller, and not compressed already.
///
/// Streams (answers without a length) go as they are.
struct CompressionMiddleware: RouterMiddleware {
    typealias Context = WebContext

    /// Each of these answers is made for one client: fast.
    private static let level: Int32 = 1

    func handle(
        _ request: Request,
        context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard response.headers[.contentEncoding] == nil, Gzip.suits(response.headers[.contentType]),
            let length = response.body.contentLength, length >= Gzip.smallest, length <= Gzip.largest
        else { return response }
        if response.headers[.vary] == nil { response.headers[.vary] = "Accept-Encoding" }
        guard AcceptEncoding.takesGzip(request.headers[.acceptEncoding]) else { return response }
        let collector = Collector()
        try await response.body.write(collector)
        let bytes = collector.buffer
        let packed = Gzip.compress(bytes, level: Self.level)
        response.body = ResponseBody(byteBuffer: packed ?? bytes)
        guard packed != nil else { return response }
        response.headers[.contentEncoding] = "gzip"
        if let tag = response.headers[.eTag], !tag.hasPrefix("W/") { response.headers[.eTag] = "W/\(tag)" }
        return response
    }

    /// Takes a body that lies in memory.
    private final class Collector: ResponseBodyWriter {
        private(set) var buffer = ByteBuffer()

        func write(_ buffer: ByteBuffer) async throws { self.buffer.writeImmutableBuffer(buffer) }

        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
