// SPDX-License-Identifier: Apache-2.0
// Martlet: the files of the status page.

internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Web

/// The pages and what they load; everything is in memory.
struct PageRoutes: Sendable {
    /// What pages may load and where their forms lead: nothing of others.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'
        """

    /// The pages and files by name, each compressed once, when it is first asked for.
    private static let answers: [String: StoredAnswer] = {
        var answers: [String: StoredAnswer] = [:]
        for (name, bytes) in PageFiles.pages { answers[name] = answer(bytes, type: "text/html; charset=utf-8") }
        for (name, bytes) in PageFiles.assets { answers[name] = answer(bytes, type: type(of: name)) }
        return answers
    }()

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/operators", access: .everybody) { request, _ in try Self.file("operators.html", request) }
        routes.add(.get, "/assets/{name}", access: .everybody) { request, context in
            guard let name = context.parameters.get("name"), PageFiles.assets[name] != nil else {
                throw ProblemError(.notFound, detail: "there is no such file")
            }
            return try Self.file(name, request)
        }
    }

    /// A page or a file of it, with the headers that keep others' scripts out.
    static func file(_ name: String, _ request: Request) throws(ProblemError) -> Response {
        guard let answer = answers[name] else { throw ProblemError(.notFound, detail: "there is no such file") }
        return answer.response(to: request)
    }

    private static func answer(_ bytes: [UInt8], type: String) -> StoredAnswer {
        let body = ByteBuffer(bytes: bytes)
        return StoredAnswer(body: body, type: type, tag: ETag.of(body), headers: headers, level: 9)
    }

    /// What every page says to browsers.
    static let headers: HTTPFields = {
        var headers: HTTPFields = [
            .cacheControl: "no-cache", .xContentTypeOptions: "nosniff", .contentSecurityPolicy: policy,
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return headers
    }()

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
