// SPDX-License-Identifier: Apache-2.0
// Martlet: one HTTP client and its limits.
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Platform
internal import Resilience
internal import Synchronization

/// Sends requests over HTTP/1.1 and reads answers within a bound; retries nothing.
final class HTTPTransport: Sendable {
    /// Connections to one host at once; more wait.
    static let connections = 64

    /// Bytes of an answer that is no success.
    private static let errorLimit = 1 << 20

    private let client: HTTPClient
    private let isClosed = Mutex(false)

    /// Creates a client; a file of certificates replaces the system's authorities.
    init(_ timing: HTTPTiming, caFile: String? = nil) throws(PlatformError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caFile {
            do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(caFile)) } catch {
                throw PlatformError(.file, "\(caFile) holds no certificates in PEM that can be read", cause: error)
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: TimeAmount(timing.connect),
                read: TimeAmount(timing.silence),
                write: TimeAmount(timing.silence)
            ),
            connectionPool: .init(
                idleTimeout: .seconds(30),
                concurrentHTTP1ConnectionsPerHostSoftLimit: Self.connections
            ),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        // Its own spans would show whole addresses.
        configuration.tracing.tracer = nil
        // A refused connection is an answer; the caller's retries are the place for patience.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
    }

    deinit {
        guard !isClosed.withLock({ $0 }) else { return }
        let client = client
        client.shutdown { [client] _ in _ = client }
    }

    /// Sends a request and reads its answer.
    ///
    /// - Parameters:
    ///   - body: Sent in pieces; its length is known.
    ///   - within: For everything, the waiting for a connection included.
    ///   - limit: Bytes of the answer's body.
    ///   - receive: Takes the body of a success as it comes, instead of the reply; what it took of an exchange that breaks
    ///     it keeps.
    func exchange(
        _ method: HTTPMethod,
        _ url: String,
        headers: HTTPHeaders,
        body: ByteBuffer? = nil,
        within: Duration,
        limit: Int,
        receive: (@Sendable (ByteBuffer) -> Void)? = nil
    ) async throws(HTTPTrouble) -> HTTPReply {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        if let body { request.body = .stream(BodyPieces(bytes: body), length: .known(Int64(body.readableBytes))) }
        do {
            return try await withDeadline(.after(within)) { [client, request] in
                let response = try await client.execute(request, timeout: TimeAmount(within))
                return try await Self.read(response, method, limit, receive)
            }
        } catch {
            throw Task.isCancelled ? .cancelled : HTTPTrouble(error)
        }
    }

    /// Ends all connections.
    func close() async {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { try? await client.shutdown() }
    }

    private static func read(
        _ response: HTTPClientResponse,
        _ method: HTTPMethod,
        _ limit: Int,
        _ receive: (@Sendable (ByteBuffer) -> Void)?
    ) async throws -> HTTPReply {
        let size = method == .HEAD ? 0 : response.headers.first(name: "content-length").flatMap { Int($0) }
        let isSuccess = (200..<300).contains(response.status.code)
        let receive = isSuccess ? receive : nil
        // What a server says of a failure has nothing to do with what the caller wants to read.
        let limit = isSuccess ? limit : errorLimit
        if let size, size > limit { throw HTTPTrouble.tooLong(size, limit: limit) }
        var body: [UInt8] = []
        if receive == nil, let size { body.reserveCapacity(size) }
        var got = 0
        for try await piece in response.body {
            got += piece.readableBytes
            guard got <= limit else { throw HTTPTrouble.tooLong(nil, limit: limit) }
            if let receive { receive(piece) } else { body.append(contentsOf: piece.readableBytesView) }
        }
        // The body's sequence just ends when the task is cancelled, which must not look like a short answer.
        try Task.checkCancellation()
        if let size, size != got { throw HTTPTrouble.cutShort(got, of: size) }
        return HTTPReply(status: Int(response.status.code), headers: response.headers, body: body)
    }
}
