// SPDX-License-Identifier: Apache-2.0
// Martlet: the router of a table, with the middleware that every service has.

internal import HTTPTypes
internal import Hummingbird

extension RouteTable {
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

    /// Adds the routes to a router whose middleware stands already.
    func install(on router: Router<WebContext>, keys: APIKeys) {
        for route in routes {
            let handler = route.handler
            let needsKey = route.access == .key && !keys.isEmpty
            router.on(RouterPath(route.path), method: route.method) { request, context in
                if needsKey { try keys.check(request) }
                return try await handler(request, context)
            }
        }
        for (path, methods) in methodsByPath {
            var allowed = methods
            if methods.contains(.get) && !methods.contains(.head) {
                allowed.append(.head)
                if let get = routes.first(where: { $0.path == path && $0.method == .get }) {
                    let needsKey = get.access == .key && !keys.isEmpty
                    router.on(RouterPath(path), method: .head) { request, context in
                        if needsKey { try keys.check(request) }
                        return try await get.handler(request, context).createHeadResponse()
                    }
                }
            }
            let allow = allowed.map(\.rawValue).joined(separator: ", ")
            for method in Self.methods where !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { request, _ -> Response in
                    throw ProblemError(
                        .methodNotAllowed,
                        detail: "this path answers \(allow)",
                        headers: [.allow: allow],
                        closesConnection: request.hasBody
                    )
                }
            }
        }
    }
}
