// SPDX-License-Identifier: Apache-2.0
// Martlet: what others report: heartbeats of cron jobs and backups.

internal import Crypto
internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import Platform
internal import Web

/// `/v1/heartbeats/{name}`: a GET or a POST is a report, so that `curl` at the end of a cron line is enough.
struct ReportRoutes: Sendable {
    let engine: HealthEngine

    func add(to routes: inout RouteTable) {
        routes.add(.post, "/v1/heartbeats/{name}", access: .everybody) { request, context in
            try await beat(request, context)
        }
    }

    private func beat(_ request: Request, _ context: WebContext) async throws -> Response {
        let name = context.parameters.get("name") ?? ""
        var query = QueryReader(request)
        let status = query.value("status", allowed: "ok or fail") { ["ok", "fail"].contains($0) ? $0 : nil } ?? "ok"
        let message = query.string("message")
        let run = query.value("duration", allowed: "a duration such as PT30S") { try? ISODuration.parseLenient($0) }
        if let message, message.utf8.count > 1_000 {
            query.report("message", "is too long", allowed: "at most 1000 bytes")
        }
        let token = query.string("token") ?? Self.bearer(request)
        try query.finish()
        _ = try await request.collect(upTo: 65_536)
        switch engine.configuration.mayReport(name, token: token) {
        case .unknown: throw ProblemError(.notFound, detail: "no heartbeat of this name is expected")
        case .refused: throw ProblemError(.unauthorized, detail: "this heartbeat needs its token")
        case .allowed: break
        }
        try await engine.store.beat(name, isGood: status == "ok", message: message, run: run)
        var json = JSONWriter(capacity: 64)
        json.object { json in json.field("status", "recorded") }
        return .json(json)
    }

    private static func bearer(_ request: Request) -> String? {
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else { return nil }
        return String(header.dropFirst(7))
    }
}
