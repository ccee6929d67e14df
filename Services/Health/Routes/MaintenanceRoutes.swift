// SPDX-License-Identifier: Apache-2.0
// Martlet: maintenance windows for operators.

internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import Platform
internal import Web

/// `/v1/maintenance`.
struct MaintenanceRoutes: Sendable {
    let engine: HealthEngine

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/maintenance") { request, _ in
            try QueryReader.refuseAll(of: request)
            let now = Timestamp.now()
            var json = JSONWriter(capacity: 1_024)
            json.object { json in
                json.key("maintenance")
                json.array { json in
                    for window in engine.calendar.windows(at: now) { window.write(to: &json, at: now, full: true) }
                }
            }
            return .json(json, headers: [.cacheControl: "no-store"])
        }
        routes.add(.post, "/v1/maintenance") { request, _ in
            try QueryReader.refuseAll(of: request)
            let configuration = engine.configuration
            var window = try MaintenanceWindow(
                json: try await RequestBody.bytes(request),
                checks: configuration.checks.map(\.id),
                groups: configuration.groups.map(\.id)
            )
            window.id = try await engine.add(window)
            var json = JSONWriter(capacity: 512)
            window.write(to: &json, at: .now(), full: true)
            return .json(json, .created, headers: [.location: "/v1/maintenance/\(window.id)"])
        }
        routes.add(.delete, "/v1/maintenance/{id}") { request, context in
            try QueryReader.refuseAll(of: request)
            let name = context.parameters.get("id") ?? ""
            if name.hasPrefix("file-") {
                throw ProblemError(
                    .conflict,
                    detail: "this window stands in the configuration file, and ends when it is taken out there"
                )
            }
            guard let id = Int64(name), try await engine.removeMaintenance(id) else {
                throw ProblemError(.notFound, detail: "there is no such maintenance window")
            }
            return Response(status: .noContent)
        }
    }
}
