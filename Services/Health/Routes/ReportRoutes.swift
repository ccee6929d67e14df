// SPDX-License-Identifier: Apache-2.0
// Martlet: what others report: heartbeats of cron jobs and backups.

internal import Crypto
internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import NIOCore
internal import Platform
internal import Web

/// `POST /v1/alerts` takes the webhook of an Alertmanager.
///
/// `POST /v1/heartbeats/{name}` is a report: `curl -X POST` at the end of a cron line is enough.
struct ReportRoutes: Sendable {
    let engine: HealthEngine
    /// The operators' keys: they open what has no token of its own.
    let keys: APIKeys

    func add(to routes: inout RouteTable) {
        routes.add(.post, "/v1/heartbeats/{name}", access: .everybody) { request, context in
            try await beat(request, context)
        }
        routes.add(.post, "/v1/alerts", access: .everybody) { request, _ in try await alerts(request) }
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
        case .open: try requireKey(token)
        }
        try await engine.store.beat(name, isGood: status == "ok", message: message, run: run)
        var json = JSONWriter(capacity: 64)
        json.object { json in json.field("status", "recorded") }
        return .json(json)
    }

    private func alerts(_ request: Request) async throws -> Response {
        try QueryReader.refuseAll(of: request)
        switch engine.configuration.maySendAlerts(token: Self.bearer(request)) {
        case .unknown:
            throw ProblemError(.notFound, detail: "alerts are not taken: the configuration has no `alertmanager`")
        case .refused:
            throw ProblemError(
                .unauthorized,
                detail: "sending alerts needs its token",
                headers: [.wwwAuthenticate: "Bearer"]
            )
        case .allowed: break
        case .open: try requireKey(Self.bearer(request))
        }
        let body = try await request.payload(["application/json"], upTo: 1 << 20).body
        let count = try await engine.take(alerts: Array(body.readableBytesView))
        var json = JSONWriter(capacity: 64)
        json.object { json in json.field("alerts", count) }
        return .json(json)
    }

    private func requireKey(_ token: String?) throws(ProblemError) {
        guard !keys.isEmpty, !(token.map(keys.contain) ?? false) else { return }
        throw ProblemError(
            .unauthorized,
            detail: "reporting needs a token in the configuration, or an API key",
            headers: [.wwwAuthenticate: "Bearer"]
        )
    }

    private static func bearer(_ request: Request) -> String? {
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else { return nil }
        return String(header.dropFirst(7))
    }
}
