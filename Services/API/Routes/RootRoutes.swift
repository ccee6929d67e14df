// SPDX-License-Identifier: Apache-2.0
// Martlet: what this service is, at its root: GET /.

internal import HTTPTypes
internal import Hummingbird
internal import Platform
internal import Web

/// The route at the root.
struct RootRoutes: Sendable {
    private static let summary: [(StaticString, String)] = [
        ("submit", "POST /v1/jobs"), ("submit_many", "POST /v1/jobs/batch"), ("job", "GET /v1/jobs/{id}"),
        ("wait", "GET /v1/jobs/{id}/wait?timeout=30"), ("cancel", "POST /v1/jobs/{id}/cancel"),
        ("retry", "POST /v1/jobs/{id}/retry"), ("list", "GET /v1/jobs?state&queue&kind&tag&cursor&limit"),
        ("stats", "GET /v1/stats"), ("backups", "GET /v1/backups?system&method&state&cursor&limit"),
        ("health", "GET /health/ready"), ("metrics", "GET /metrics"),
        ("problems", "GET /problems"),
    ]

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/", access: .everybody) { _, _ in
            var json = JSONWriter(capacity: 1_024)
            json.object { json in
                json.field("service", "martlet-api")
                json.field("version", BuildInfo.current.version)
                json.field("about", "Durable background jobs: a job that was acknowledged is never lost.")
                json.field("documentation", "docs/ in the source tree; every problem type is explained at /problems")
                json.key("routes")
                json.object { json in
                    for (name, route) in Self.summary { json.field(name, route) }
                }
            }
            return .json(json)
        }
    }
}
