// SPDX-License-Identifier: Apache-2.0
// Martlet: a cluster with an aggregator that watches it, and a receiver that is told.

import TestSupport

/// An aggregator, or several, over a cluster.
struct HealthScene {
    /// How often each check is looked at.
    static let interval: Duration = .seconds(3)

    let cluster: Cluster
    let receiver: ClusterReceiver
    let ports: [Int]
    let processes: [ClusterProcess]

    /// Starts aggregators and waits until every check is up and somebody leads.
    static func begin(_ cluster: Cluster, aggregators count: Int = 1) async throws -> HealthScene {
        let receiver = try ClusterReceiver()
        let file = try cluster.write(configuration(cluster, receiver), to: "health-\(receiver.port).yaml")
        try await cluster.postgres.rows(
            "TRUNCATE health_incident CASCADE; TRUNCATE health_notification, health_observation"
        )
        var ports: [Int] = []
        var processes: [ClusterProcess] = []
        for _ in 0..<count {
            let port = try ClusterPort.free()
            ports.append(port)
            processes.append(
                try await cluster.launch(
                    "martlet-health",
                    [
                        "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1", "MARTLET_HEALTH_CONFIG": file,
                        "MARTLET_HEALTH_ADDRESS": "http://127.0.0.1:\(port)", "LOG_FORMAT": "text",
                        "MARTLET_RELAY_DEADLINE": "3s", "MARTLET_LEASE": "2s",
                    ]
                )
            )
        }
        let scene = HealthScene(cluster: cluster, receiver: receiver, ports: ports, processes: processes)
        try await scene.waitUntilCalm()
        return scene
    }

    private static func configuration(_ cluster: Cluster, _ receiver: ClusterReceiver) -> String {
        var text = """
            page:
              url: http://127.0.0.1
              subscriptions: {webhook: {allow: 127.0.0.1, http: true}}
            defaults: {interval: 3s, timeout: 600ms}
            receivers:
              - name: people
                webhook: {url: "http://127.0.0.1:\(receiver.port)/"}
            checks:
              - {id: postgres, postgres: {url: "${DATABASE_URL}"}}
              - {id: redis, redis: {url: "${REDIS_URL}"}}

            """
        for service in cluster.apis + cluster.workers {
            text +=
                "  - {id: \(service.name), martlet: {url: \"http://127.0.0.1:\(service.port)\"}, depends_on: [postgres, redis]}\n"
        }
        return text
    }

    /// Waits until every check is up by the word of a living aggregator, and one leads.
    func waitUntilCalm() async throws {
        try await eventually("all checks are up and one aggregator leads") {
            for (port, process) in zip(ports, processes) where process.end == nil {
                guard let reply = try? await ClusterRequest.get("/status.json").reply(from: port), reply.status == 200
                else {
                    return false
                }
                guard reply.body.count(of: "\"status\":\"UP\"") == 2 + cluster.apis.count + cluster.workers.count + 2
                else {
                    return false
                }
            }
            // The lead of a scene before, whose aggregator was killed, lasts for some seconds: nobody decides then.
            guard let leader = try await leader() else { return false }
            return processes[leader].end == nil
        }
    }

    /// The open incidents by check, by the word of the first living aggregator.
    func open() async -> [String] {
        for (port, process) in zip(ports, processes) where process.end == nil {
            guard let reply = try? await ClusterRequest.get("/v1/incidents?state=open").reply(from: port) else {
                continue
            }
            return reply.body.split(separator: "{\"id\":").dropFirst().compactMap { part in
                part.firstRange(of: "\"check\":\"").map { String(part[$0.upperBound...].prefix { $0 != "\"" }) }
            }
        }
        return []
    }

    /// What people were told: `opened redis`, `resolved redis`.
    var told: [String] {
        receiver.received.map { body in
            func member(_ name: String) -> String {
                body.firstRange(of: "\"\(name)\":\"").map { String(body[$0.upperBound...].prefix { $0 != "\"" }) }
                    ?? "?"
            }
            return "\(member("event")) \(member("check"))"
        }
    }

    func end() async {
        for process in processes { await process.kill() }
        receiver.end()
        // Jobs that only aggregators run would wait for the next one.
        let queue = "SELECT id FROM queue WHERE name LIKE 'martlet.health%'"
        _ = try? await cluster.postgres.rows("DELETE FROM job_live WHERE queue_id IN (\(queue))")
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func count(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}

extension HealthScene {
    /// Which aggregator leads by the ledger; nil while nobody does.
    func leader() async throws -> Int? {
        let rows = try await cluster.postgres.rows(
            "SELECT a.address FROM health_lead l JOIN health_aggregator a ON a.id = l.owner WHERE l.expires_at > now()"
        )
        let port = rows.first?.first.flatMap(\.self)?.split(separator: ":").last.flatMap { Int($0) }
        return port.flatMap { ports.firstIndex(of: $0) }
    }
}
