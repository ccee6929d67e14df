// SPDX-License-Identifier: Apache-2.0
// Martlet: how fast single jobs are acknowledged.

import Redis

/// Jobs a second by `POST /v1/jobs`, beside a route of the same server that reads the same and records nothing.
struct SingleMeasurement: Measurement {
    private static let connections = 64
    /// No worker empties the bus; with the usual window it would be full after a second, and putting jobs on it would cost nothing from then on.
    static let settings = ["MARTLET_BUS_WINDOW": "1000000"]

    /// What is posted.
    static let body = JobPayload.job(kind: "noop", args: JobPayload.numbered(1))

    let plan = FigurePlan(
        name: .single,
        title: "jobs a second, acknowledged, one to a request, 64 connections",
        values: [
            .init(key: "jobs", title: "acknowledged and committed", unit: "jobs/s"),
            .init(key: "noop", title: "ceiling: the same route without the ledger", unit: "requests/s"),
            .init(key: "p50", title: "request to answer, p50", unit: "ms"),
            .init(key: "p99", title: "request to answer, p99", unit: "ms"),
            .init(key: "cpuAPI", title: "CPU of martlet-api", unit: "µs/job"),
            .init(key: "cpuNoop", title: "CPU of martlet-api without the ledger", unit: "µs/request"),
            .init(key: "cpuPostgres", title: "CPU of PostgreSQL", unit: "µs/job"),
        ],
        ceiling: "noop",
        bars: [.share(0.6)],
        method: """
            64 keep-alive connections in a closed loop on one thread, the same client and body for both routes; the \
            acknowledged jobs are counted again in the ledger. No worker runs, but its stream is there, and the jobs go on \
            the bus.
            """
    )

    func round(_ index: Int, in lab: Lab) async throws -> [String: Double] {
        try await BenchDatabase.with(lab, "single") { database in
            try await MartletPrograms(lab, database).withAPI(Self.settings) { api in
                var values: [String: Double] = [:]
                let stream = try await database.makeStream(lab)
                for route in index.isMultiple(of: 2) ? ["noop", "jobs"] : ["jobs", "noop"] {
                    let meter = try await CPUMeter.start(lab, [("cpuAPI", api)])
                    let outcome = try await load(api, lab, route == "noop" ? "/v1/noop-benchmark" : "/v1/jobs")
                    let cpu = meter.microseconds(per: outcome.accepted)
                    values[route] = outcome.rate
                    guard route == "jobs" else {
                        values["cpuNoop"] = cpu["cpuAPI"]
                        continue
                    }
                    values["cpuAPI"] = cpu["cpuAPI"]
                    values["cpuPostgres"] = cpu["cpuPostgres"]
                    values["p50"] = outcome.latencies.percentile(0.5)
                    values["p99"] = outcome.latencies.percentile(0.99)
                    let stored = try await database.jobs()
                    guard stored == outcome.accepted else {
                        throw BenchError(.count, "\(outcome.accepted) jobs were acknowledged, the ledger has \(stored)")
                    }
                    let entries = try await lab.redis.send(RedisCommand("XLEN", stream)).int ?? 0
                    guard entries > Int64(stored * 9 / 10) else {
                        throw BenchError(.count, "only \(entries) of \(stored) jobs went on the bus")
                    }
                }
                return values
            }
        }
    }

    private func load(_ api: RunningProgram, _ lab: Lab, _ path: String) async throws -> LoadOutcome {
        let plan = ClosedLoad.Plan.repeating(
            HTTPRequestBytes.post(path, port: api.port, json: Self.body),
            warmUp: .seconds(1),
            measured: .seconds(lab.options.isQuick ? 1 : 5)
        )
        return try await api.withConnections(Self.connections) { connections in
            try await ClosedLoad.run(plan, over: connections, within: .seconds(60)).checked(path)
        }
    }
}
