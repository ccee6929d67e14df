// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents for operators: lists, reports, and what they do with them.

internal import FoundationEssentials
internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import NIOCore
internal import Platform
internal import Web

/// `/v1/incidents` and below.
struct IncidentRoutes: Sendable {
    private struct Body: Decodable {
        var by: String
        var text: String?
        var `public`: Bool?
    }

    let engine: HealthEngine

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/incidents") { request, _ in try await list(request) }
        routes.add(.get, "/v1/incidents/{id}") { request, context in
            try QueryReader.refuseAll(of: request)
            var json = JSONWriter(capacity: 2_048)
            try await find(context).write(to: &json, isPublic: false)
            return .json(json)
        }
        routes.add(.get, "/v1/incidents/{id}/report") { request, context in
            try QueryReader.refuseAll(of: request)
            let incident = try await find(context)
            return .bytes(
                Array(incident.report.utf8),
                type: "text/markdown; charset=utf-8",
                headers: [.contentDisposition: "inline; filename=\"incident-\(incident.id).md\""]
            )
        }
        for kind in [IncidentAction.Kind.acknowledge, .comment, .resolve] {
            routes.add(.post, "/v1/incidents/{id}/\(kind.rawValue)") { request, context in
                try await act(kind, request, context)
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        var query = QueryReader(request)
        let states = Incident.Status.allCases.map(\.rawValue).joined(separator: ", ")
        let status = query.value("state", allowed: states) { Incident.Status(rawValue: $0) }
        let limit = query.int("limit", default: 50, in: 1...200)
        let before = query.value("before", allowed: "an incident's id") { Int64($0) }
        try query.finish()
        let found = try await read(before, status, limit)
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.key("incidents")
            json.array { json in
                for incident in found { incident.write(to: &json, isPublic: false) }
            }
            json.field("next", found.count == limit ? found.last.map { "\($0.id)" } : nil)
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }

    private func read(_ before: Int64?, _ status: Incident.Status?, _ limit: Int) async throws(HealthError)
        -> [Incident]
    {
        // What is not over is all known here, also while the ledger does not answer, once it was read.
        if status == .open || status == .acknowledged, before == nil, engine.judge.knowsIncidents {
            return Array(engine.judge.picture.incidents.filter { $0.status == status }.prefix(limit))
        }
        do throws(HealthError) {
            return try await engine.store.incidents(before: before, status: status, limit: limit)
        } catch {
            // What is known here is shown while the ledger is away.
            guard error.code == .ledgerUnavailable, before == nil else { throw error }
            return engine.judge.picture.incidents.filter { status == nil || $0.status == status }
        }
    }

    private func find(_ context: WebContext) async throws -> Incident {
        let id = try Self.id(context)
        if let open = engine.judge.picture.incidents.first(where: { $0.id == id }) { return open }
        guard let incident = try await engine.store.incident(id) else {
            throw ProblemError(.notFound, detail: "there is no such incident")
        }
        return incident
    }

    private static func id(_ context: WebContext) throws(ProblemError) -> Int64 {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw ProblemError(.notFound, detail: "there is no such incident")
        }
        return id
    }

    private func act(_ kind: IncidentAction.Kind, _ request: Request, _ context: WebContext) async throws -> Response {
        let id = try Self.id(context)
        try QueryReader.refuseAll(of: request)
        let body: Body = try await RequestBody.read(
            request,
            allowed: "{\"by\": …, \"text\": …}",
            names: ["by", "text", "public"]
        )
        guard (1...200).contains(body.by.utf8.count), !body.by.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw ProblemError(
                .badRequest,
                detail: "the body is not valid",
                errors: [
                    FieldError(
                        .pointer("/by"),
                        "is empty, too long or no single line",
                        allowed: "a name of 1 to 200 bytes"
                    )
                ]
            )
        }
        let text = body.text ?? ""
        let isText = !text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }
        guard text.utf8.count <= 10_000, isText, kind != .comment || !text.isEmpty else {
            throw ProblemError(
                .badRequest,
                detail: "the body is not valid",
                errors: [
                    FieldError(
                        .pointer("/text"),
                        "is missing, too long or holds control characters",
                        allowed: "a text of 1 to 10000 bytes"
                    )
                ]
            )
        }
        let action = IncidentAction(kind, incident: id, by: body.by, text: body.text, isPublic: body.public)
        let outcome = try await engine.judge.act(action)
        guard outcome != .refused else {
            throw ProblemError(.conflict, detail: "there is no such incident in a state that allows this")
        }
        var json = JSONWriter(capacity: 64)
        json.object { json in json.field("status", outcome == .done ? "done" : "accepted") }
        return .json(json, outcome == .done ? .ok : .accepted)
    }
}
