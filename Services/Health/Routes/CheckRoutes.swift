// SPDX-License-Identifier: Apache-2.0
// Martlet: checks and their histories, for operators.

internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import NIOCore
internal import Platform
internal import Web

/// `/v1/checks` and below.
struct CheckRoutes: Sendable {
    let engine: HealthEngine

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/checks", isQuiet: true) { request, _ in try list(request) }
        routes.add(.get, "/v1/checks/{id}") { request, context in
            try QueryReader.refuseAll(of: request)
            let id = context.parameters.get("id") ?? ""
            var json = JSONWriter(capacity: 1_024)
            if let check = engine.configuration.checks.first(where: { $0.id == id }) {
                write(check, engine.judge.picture, .now(), to: &json)
            } else {
                try await writeUnknown(id, to: &json)
            }
            return .json(json)
        }
        routes.add(.get, "/v1/checks/{id}/history") { request, context in try await history(request, context) }
    }

    /// The name of a check that is configured here, or that the ledger knows: another aggregator's configuration may be newer, or older.
    private func find(_ context: WebContext) async throws -> String {
        let id = context.parameters.get("id") ?? ""
        if engine.configuration.checks.contains(where: { $0.id == id }) { return id }
        guard try await engine.store.knows(check: id) else {
            throw ProblemError(.notFound, detail: "there is no such check")
        }
        return id
    }

    /// What the ledger knows of a check that is not configured here.
    private func writeUnknown(_ id: String, to json: inout JSONWriter) async throws {
        let observations = try await engine.store.observations(of: id).sorted { $0.location < $1.location }
        guard let verdict = Verdict(observations, quorum: .majority, before: nil) else {
            throw ProblemError(.notFound, detail: "there is no such check")
        }
        json.object { json in
            json.field("id", id)
            json.field("configured", false)
            json.field("status", verdict.state.rawValue)
            json.field("verdict", verdict.state.rawValue)
            json.field("since", verdict.since)
            json.field("reason", verdict.reason)
            json.field("flapping", verdict.isFlapping)
            json.field("last_probe_at", observations.map(\.at).max())
            Self.write(observations, to: &json)
        }
    }

    private static func write(_ observations: [Observation], to json: inout JSONWriter) {
        json.key("locations")
        json.array { json in
            for observation in observations {
                json.object { json in
                    json.field("location", observation.location)
                    json.field("status", observation.state.rawValue)
                    json.field("at", observation.at)
                    json.field("reason", observation.reason)
                    json.field("latency_ms", milliseconds(observation.latency))
                }
            }
        }
    }

    private func list(_ request: Request) throws(ProblemError) -> Response {
        try QueryReader.refuseAll(of: request)
        let (picture, now) = (engine.judge.picture, Timestamp.now())
        let checks = engine.configuration.checks
        var json = JSONWriter(capacity: 256 + checks.count * 512)
        json.object { json in
            json.field("updated_at", now)
            json.key("checks")
            json.array { json in
                for check in checks { write(check, picture, now, to: &json) }
            }
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }

    private func write(_ check: CheckDefinition, _ picture: Judge.Picture, _ now: Timestamp, to json: inout JSONWriter)
    {
        let verdict = picture.verdicts[check.id]
        let observations = engine.board.observations(of: check.id).sorted { $0.location < $1.location }
        let latest = observations.max { $0.at < $1.at }
        json.object { json in
            json.field("id", check.id)
            json.field("name", check.name)
            json.field("group", check.group)
            json.field("kind", check.kind)
            json.field("target", check.target)
            json.field("status", StatusDocument.state(of: check.id, picture).rawValue)
            json.field("verdict", verdict?.state.rawValue)
            json.field("since", verdict?.since)
            json.field("reason", verdict?.reason)
            json.field("flapping", verdict?.isFlapping ?? false)
            json.field("advisory", verdict?.advisory)
            json.key("quorum")
            json.object { json in
                json.field("needed", verdict?.needed ?? 1)
                json.field("of", verdict?.locations ?? 0)
            }
            json.field("latency_ms", latest.map { Self.milliseconds($0.latency) })
            json.field("last_probe_at", latest?.at)
            json.field("interval_s", check.interval / .seconds(1))
            json.field("timeout_s", check.timeout / .seconds(1))
            json.field("certificate_expires_at", latest?.certificateExpiry)
            json.key("parts")
            json.array { json in
                for part in latest?.parts ?? [] {
                    json.object { json in
                        json.field("name", part.name)
                        json.field("status", part.status.rawValue.uppercased())
                        json.field("reason", part.reason)
                        json.field("vanished_at", part.vanishedAt)
                    }
                }
            }
            Self.write(observations, to: &json)
            json.field("depends_on", check.dependsOn)
            json.field("suppressed_by", picture.suppressed[check.id])
            json.field("maintenance", engine.calendar.window(of: check.id, at: now)?.id)
            json.field("runbook", check.runbook)
        }
    }

    private func history(_ request: Request, _ context: WebContext) async throws -> Response {
        let check = try await find(context)
        var query = QueryReader(request)
        let now = Timestamp.now()
        let steps = HistoryStep.allCases.map(\.rawValue).joined(separator: ", ")
        let step = query.value("step", allowed: steps) { HistoryStep(rawValue: $0) } ?? .minute
        let time = "an RFC 3339 time such as 2026-01-31T08:00:00Z"
        let to = query.value("to", allowed: time) { Timestamp(rfc3339: $0.utf8) } ?? now
        let from = query.value("from", allowed: time) { Timestamp(rfc3339: $0.utf8) } ?? to + .seconds(-3_600)
        let format =
            query.value("format", allowed: "json or csv") { ["json", "csv"].contains($0) ? $0 : nil } ?? "json"
        if to - from > step.longestSpan || to <= from {
            query.report(
                "from",
                "is not before `to`, or longer before than this step allows",
                allowed: "at most \(ISODuration.format(step.longestSpan)) for the step \(step.rawValue)"
            )
        }
        try query.finish()
        let points = try await engine.store.history(of: check, from: from, to: to, step: step)
        return format == "csv" ? Self.csv(points, check) : Self.json(points, check, step)
    }

    private static func json(_ points: [HistoryPoint], _ check: String, _ step: HistoryStep) -> Response {
        var json = JSONWriter(capacity: 256 + points.count * 160)
        json.object { json in
            json.field("check", check)
            json.field("step", step.rawValue)
            json.key("points")
            json.array { json in
                for point in points {
                    json.object { json in
                        json.field("at", point.at)
                        json.field("status", point.state.rawValue)
                        json.field("latency_ms", point.latency.map(milliseconds))
                        json.field("latency_max_ms", point.longest.map(milliseconds))
                        json.field("up", point.up)
                        json.field("degraded", point.degraded)
                        json.field("down", point.down)
                        json.field("unknown", point.unknown)
                    }
                }
            }
        }
        return .json(json)
    }

    private static func csv(_ points: [HistoryPoint], _ check: String) -> Response {
        var text = "at,status,up,degraded,down,unknown,latency_ms,latency_max_ms\r\n"
        for point in points {
            let latencies = [point.latency, point.longest].map { $0.map { "\(milliseconds($0))" } ?? "" }
            text += "\(point.at),\(point.state.rawValue),\(point.up),\(point.degraded),\(point.down),\(point.unknown),"
            text += "\(latencies[0]),\(latencies[1])\r\n"
        }
        return .bytes(
            Array(text.utf8),
            type: "text/csv; charset=utf-8",
            headers: [.contentDisposition: "attachment; filename=\"\(check).csv\""]
        )
    }

    /// To the microsecond.
    private static func milliseconds(_ duration: Duration) -> Double {
        (duration / .microseconds(1)).rounded() / 1_000
    }
}
