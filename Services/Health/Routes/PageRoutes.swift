// SPDX-License-Identifier: Apache-2.0
// Martlet: the files of the status page.

internal import HTTPTypes
internal import Hummingbird
internal import Web

/// The pages and what they load; everything is in memory.
struct PageRoutes: Sendable {
    /// What pages may load and where their forms lead: nothing of others.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'
        """

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/", access: .everybody) { request, _ in Self.page("status.html", request) }
        routes.add(.get, "/operators", access: .everybody) { request, _ in Self.page("operators.html", request) }
        routes.add(.get, "/assets/{name}", access: .everybody) { request, context in
            guard let name = context.parameters.get("name"), let bytes = PageFiles.assets[name] else {
                throw ProblemError(.notFound, detail: "there is no such file")
            }
            return Self.file(bytes, type: Self.type(of: name), request)
        }
    }

    /// A page, with the headers that keep others' scripts out.
    static func page(_ name: String, _ request: Request) -> Response {
        file(PageFiles.pages[name] ?? [], type: "text/html; charset=utf-8", request)
    }

    private static func file(_ bytes: [UInt8], type: String, _ request: Request) -> Response {
        var headers: HTTPFields = [
            .cacheControl: "no-cache", .eTag: ETag.of(bytes), .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: policy,
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if ETag.matches(request, headers[.eTag]) { return Response(status: .notModified, headers: headers) }
        return .bytes(bytes, type: type, headers: headers)
    }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
