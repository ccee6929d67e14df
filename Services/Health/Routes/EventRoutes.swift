// SPDX-License-Identifier: Apache-2.0
// Martlet: what happened beside incidents, for operators.

internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import Platform
internal import Web

/// `/v1/events`: instances that vanished, and advisories.
struct EventRoutes: Sendable {
    let engine: HealthEngine

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/events") { request, _ in try await list(request) }
    }

    private func list(_ request: Request) async throws -> Response {
        var query = QueryReader(request)
        let limit = query.int("limit", default: 50, in: 1...200)
        let check = query.value("check", allowed: CheckDefinition.allowedID) {
            CheckDefinition.isID($0) ? $0 : nil
        }
        let before = query.value("before", allowed: "the `next` of the page before, or an RFC 3339 time") {
            EventCursor($0)
        }
        try query.finish()
        let page = try await engine.store.eventPage(of: check, from: before, limit: limit)
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.key("events")
            json.array { json in
                for (at, event) in page.events {
                    json.object { json in
                        json.field("id", event.id)
                        json.field("at", at)
                        json.field("kind", event.kind.rawValue)
                        json.field("check", event.check)
                        json.field("instance", event.instance)
                        json.field("text", event.text)
                        json.field("started_at", event.startedAt)
                        json.field("ended_at", event.endedAt)
                    }
                }
            }
            json.field("next", page.next?.description)
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }
}
