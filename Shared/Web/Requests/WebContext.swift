// SPDX-License-Identifier: Apache-2.0
// Martlet: what a request carries with it through the middleware to its handler.

public import Hummingbird
internal import NIOCore
public import Platform

/// The context of a request.
public struct WebContext: RequestContext {
    /// The framework's part: the route's pattern and the parameters of the path.
    public var coreContext: CoreRequestContextStorage
    /// The request's id, given by the client or made here; echoed as `X-Request-ID`.
    public internal(set) var requestID = ""

    /// The trace that the client says the request belongs to.
    public internal(set) var trace: TraceContext?

    /// The IP address at the other end of the connection, which may be a proxy's; nil where there is none.
    public let clientAddress: String?

    /// Made by the server for each request.
    public init(source: Source) {
        coreContext = .init(source: source)
        clientAddress = source.channel.remoteAddress?.ipAddress
    }

    /// The pattern of the route, such as `/v1/jobs/{id}`; never the path itself, whose values are without number.
    var route: String { endpointPath ?? "unknown" }
}
