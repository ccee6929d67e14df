// SPDX-License-Identifier: Apache-2.0
// Martlet: what a request carries with it through the middleware to its handler.

public import Hummingbird
public import Platform

/// The context of a request.
public struct WebContext: RequestContext {
    /// The framework's part: the route's pattern and the parameters of the path.
    public var coreContext: CoreRequestContextStorage
    /// The request's id, given by the client or made here; echoed as `X-Request-ID`.
    public internal(set) var requestID = ""

    /// The trace that the client says the request belongs to.
    public internal(set) var trace: TraceContext?

    /// Made by the server for each request.
    public init(source: Source) {
        coreContext = .init(source: source)
    }

    /// The pattern of the route, such as `/v1/jobs/{id}`; never the path itself, whose values are without number.
    var route: String { endpointPath ?? "unknown" }
}
