// SPDX-License-Identifier: Apache-2.0
// Martlet: a server with a few routes, for the tests of what surrounds routes.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Platform
import TestSupport
import Testing

@testable import Web

/// A server and the objects that it shares with its process.
struct WebFixture: Sendable {
    static let key = "0123456789abcdef-key"
    /// More than the kernel takes off a server's hands at once.
    static let bigSize = 16 << 20

    let lifecycle = Lifecycle()
    let metrics = MetricsRegistry()
    let health = HealthChecks()
    let service: HTTPService

    struct Secret: Error, CustomStringConvertible { let description = "SELECT secret FROM vault" }

    init(
        keys: APIKeys = APIKeys(),
        bodyTimeout: Duration = patience,
        idleTimeout: Duration = patience,
        farewell: Duration = .milliseconds(500),
        isReady: Bool = true,
        tracer: TraceRecorder? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        compressesAnswers: Bool = false,
        configure: (inout RouteTable) -> Void = { _ in }
    ) {
        var routes = RouteTable()
        routes.add(.get, "/things/{id}") { _, context in
            var json = JSONWriter()
            json.object { $0.field("id", context.parameters.get("id")) }
            return .json(json)
        }
        routes.add(.put, "/things/{id}") { _, _ in throw ProblemError(.conflict, detail: "taken") }
        routes.add(.get, "/broken") { _, _ in throw Secret() }
        routes.add(.post, "/echo") { request, _ in
            let (body, type) = try await request.payload(["application/json", "text/plain"], upTo: 1_000)
            return .bytes(Array(body.readableBytesView), type: type)
        }
        routes.add(.get, "/slow") { _, _ in
            try await Task.sleep(for: .milliseconds(300))
            return .bytes(Array("done".utf8), type: "text/plain")
        }
        routes.add(.get, "/big") { _, _ in .bytes([UInt8](repeating: 0x61, count: Self.bigSize), type: "text/plain") }
        OperationsRoutes(health: health, lifecycle: lifecycle, metrics: metrics, keys: keys).add(to: &routes)
        ProblemRoutes().add(to: &routes)
        configure(&routes)
        var settings = HTTPServiceSettings(port: 0)
        settings.bodyTimeout = bodyTimeout
        settings.idleTimeout = idleTimeout
        service = HTTPService(
            routes: routes,
            settings: settings,
            keys: keys,
            lifecycle: lifecycle,
            metrics: metrics,
            logger: logger,
            farewell: farewell,
            tracer: tracer,
            compressesAnswers: compressesAnswers
        )
        if isReady { lifecycle.advance(to: .ready) }
    }
}

extension TestProblem {
    /// Reads a response that must be a problem.
    init(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer) throws {
        #expect(headers[.contentType] == "application/problem+json")
        let value = try #require(
            ReferenceJSON.parse(Array(body.readableBytesView)),
            "the body is not JSON: \(String(buffer: body))"
        )
        guard case .object(let members) = value else { throw Unexpected() }
        self.members = Dictionary(members, uniquingKeysWith: { first, _ in first })
        self.status = status.code
        #expect(self["status"] == "\(status.code)")
    }
}

/// A problem as a client sees it.
struct TestProblem {
    struct Unexpected: Error {}

    let status: Int
    let members: [String: ReferenceJSON.Value]

    subscript(name: String) -> String? {
        switch members[name] {
        case .string(let text), .number(let text), .word(let text): text
        default: nil
        }
    }

    /// Pointer, parameter or header -> detail.
    var errors: [String: String] {
        guard case .array(let elements)? = members["errors"] else { return [:] }
        var errors: [String: String] = [:]
        for case .object(let fields) in elements {
            var (place, detail) = ("?", "")
            for case (let name, .string(let text)) in fields {
                if ["pointer", "parameter", "header"].contains(name) { place = text }
                if name == "detail" { detail = text }
            }
            errors[place] = detail
        }
        return errors
    }
}
