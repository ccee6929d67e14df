// SPDX-License-Identifier: Apache-2.0
// Martlet: objectives, aggregators and receivers, for operators.

internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import Platform
internal import Web

/// `/v1/slos`, `/v1/backups`, `/v1/aggregators`, `/v1/receivers`.
struct OperatorRoutes: Sendable {
    let engine: HealthEngine

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/slos") { request, _ in
            try QueryReader.refuseAll(of: request)
            return slos()
        }
        routes.add(.get, "/v1/backups") { request, _ in
            try QueryReader.refuseAll(of: request)
            return backups()
        }
        routes.add(.get, "/v1/aggregators") { request, _ in
            try QueryReader.refuseAll(of: request)
            return aggregators()
        }
        routes.add(.get, "/v1/receivers") { request, _ in
            try QueryReader.refuseAll(of: request)
            return try await receivers()
        }
        routes.add(.post, "/v1/receivers/{name}/test") { request, context in
            try QueryReader.refuseAll(of: request)
            _ = try await request.collect(upTo: 65_536)
            guard try await engine.test(context.parameters.get("name") ?? "") else {
                throw ProblemError(.notFound, detail: "there is no such receiver")
            }
            var json = JSONWriter(capacity: 64)
            json.object { json in json.field("status", "accepted") }
            return .json(json, .accepted)
        }
        // Aggregators ask each other; strangers learn nothing but that there is one.
        routes.add(.get, "/v1/peer", access: .everybody, isQuiet: true) { request, _ in
            let token = HTTPField.Name("martlet-peer").flatMap { request.headers[$0] }
            return .bytes(
                engine.peerStatus(token: token),
                type: "application/json",
                headers: [.cacheControl: "no-store"]
            )
        }
    }

    private func slos() -> Response {
        var json = JSONWriter(capacity: 2_048)
        json.object { json in
            json.key("slos")
            json.array { json in
                for status in engine.objectives.statuses { Self.write(status, to: &json) }
            }
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }

    private func backups() -> Response {
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.key("backups")
            json.array { json in
                for standing in engine.backups(at: .now()) { standing.write(to: &json, full: true) }
            }
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }

    private static func write(_ status: ObjectiveStatus, to json: inout JSONWriter) {
        let definition = status.definition
        json.object { json in
            json.field("id", definition.id)
            json.field("name", definition.name)
            json.field("objective", rounded(definition.objective))
            json.field("window", span(definition.window))
            switch definition.indicator {
            case .latency: json.field("indicator", "latency")
            case .availability: json.field("indicator", "availability")
            case .prometheus: json.field("indicator", "prometheus")
            }
            json.field("sli", status.share.map(rounded))
            json.field("sli_without_maintenance", status.shareWithoutMaintenance.map(rounded))
            json.field("budget_remaining", status.budgetRemaining.map(rounded))
            json.field("low_traffic", status.rates.allSatisfy(\.isLowTraffic))
            json.field("exhausted_at", status.exhaustedAt)
            json.key("burn")
            json.array { json in
                for rate in status.rates {
                    json.object { json in
                        json.field("long", span(rate.long))
                        json.field("short", span(rate.short))
                        json.field("factor", rate.factor)
                        json.field("long_burn", rate.longBurn.map(rounded))
                        json.field("short_burn", rate.shortBurn.map(rounded))
                        json.field("firing", rate.isFiring)
                        json.field("low_traffic", rate.isLowTraffic)
                    }
                }
            }
        }
    }

    /// To a millionth: what comes after is the arithmetic's noise.
    private static func rounded(_ value: Double) -> Double { (value * 1_000_000).rounded() / 1_000_000 }

    /// `30d`, `6h` or `5m`.
    private static func span(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        if seconds % 86_400 == 0 { return "\(seconds / 86_400)d" }
        return seconds % 3_600 == 0 ? "\(seconds / 3_600)h" : "\(seconds / 60)m"
    }

    private func aggregators() -> Response {
        let leader = engine.coordinator.leader
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.field("role", engine.coordinator.role.name)
            json.key("aggregators")
            json.array { json in
                for member in engine.coordinator.members {
                    json.object { json in
                        json.field("id", "\(member.id)")
                        json.field("location", member.location)
                        json.field("address", member.address)
                        json.field("version", member.version)
                        json.field("started_at", member.startedAt)
                        json.field("seen_at", member.seenAt)
                        json.field("checks", member.checks)
                        json.field("leads", member.id == leader)
                    }
                }
            }
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }

    private func receivers() async throws -> Response {
        let last = try await engine.store.lastDeliveries()
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.key("receivers")
            json.array { json in
                for (name, kind) in engine.receivers {
                    json.object { json in
                        json.field("name", name)
                        json.field("kind", kind)
                        guard let record = last.first(where: { $0.receiver == name }) else { return }
                        json.key("last")
                        json.object { json in
                            json.field("at", record.at)
                            json.field("event", record.event)
                            json.field("state", Self.state(record))
                            json.field("error", record.error)
                            json.field("attempts", record.attempts)
                            json.field("job", record.job.map { "\($0)" })
                        }
                    }
                }
            }
        }
        return .json(json, headers: [.cacheControl: "no-store"])
    }

    private static func state(_ record: DeliveryRecord) -> String {
        if record.deliveredAt != nil { return "completed" }
        return record.error == nil ? "available" : "retryable"
    }
}
