// SPDX-License-Identifier: Apache-2.0
// Martlet: posts spans to a collector.

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
public import Platform

/// Posts over one HTTP client for the whole process.
public struct OTLPClient: OTLPTransport {
    /// Without a tracer: posts of spans that are spans themselves would never end. It lives as long as the process.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: {
            var configuration = HTTPClient.Configuration.singletonConfiguration
            configuration.tracing.tracer = nil
            return configuration
        }()
    )

    /// Answers are read up to this length; only their status counts.
    private static let longestAnswer = 65_536

    /// Posts over the process's one client.
    public init() {}

    /// Posts a body and returns the answer's status.
    public func send(
        to url: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeout: Duration
    ) async throws -> OTLPAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let response = try await Self.client.execute(request, timeout: TimeAmount(timeout))
        // Read to its end, so that the connection can be used again.
        _ = try? await response.body.collect(upTo: Self.longestAnswer)
        return OTLPAnswer(status: Int(response.status.code), retryAfter: response.headers.first(name: "retry-after"))
    }
}
