// SPDX-License-Identifier: Apache-2.0
// Martlet: the routes of a service as a list, from which the router is made.

public import HTTPTypes
public import Hummingbird

/// The routes of a service.
///
/// ```swift
/// var routes = RouteTable()
/// routes.add(.get, "/v1/jobs/{id}") { request, context in try await jobs.show(request, context) }
/// ```
/// `HEAD` follows from `GET`; a method that a known path lacks is answered with 405 and `Allow`.
public struct RouteTable: Sendable {
    /// What a route does.
    public typealias Handler = @Sendable (Request, WebContext) async throws -> Response

    /// Who may use a route.
    public enum Access: Sendable {
        /// Those with an API key.
        case key
        /// Everybody.
        case everybody
    }

    struct Route: Sendable {
        let method: HTTPRequest.Method
        let path: String
        let access: Access
        let handler: Handler
    }

    private(set) var routes: [Route] = []
    private(set) var quietPaths: Set<String> = []

    /// No routes.
    public init() {}

    /// Adds a route; a path's parameters are written `{name}`.
    ///
    /// - Parameter isQuiet: Whether its requests are logged at debug, as machines ask for it all the time.
    public mutating func add(
        _ method: HTTPRequest.Method,
        _ path: String,
        access: Access = .key,
        isQuiet: Bool = false,
        _ handler: @escaping Handler
    ) {
        routes.append(Route(method: method, path: path, access: access, handler: handler))
        if isQuiet { quietPaths.insert(path) }
    }

    /// The methods of each path, in the order of the paths' first routes.
    var methodsByPath: [(path: String, methods: [HTTPRequest.Method])] {
        var result: [(path: String, methods: [HTTPRequest.Method])] = []
        for route in routes {
            if let index = result.firstIndex(where: { $0.path == route.path }) {
                result[index].methods.append(route.method)
            } else {
                result.append((route.path, [route.method]))
            }
        }
        return result
    }
}
