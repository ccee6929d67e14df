// SPDX-License-Identifier: Apache-2.0
// Martlet: how long a job waits for its handler while there is no backlog.

/// From the moment at which a request is due to the start of its handler, at 500 jobs a second.
struct LatencyMeasurement: Measurement {
    private static let perSecond = 500
    private static let connections = 32

    let plan = FigurePlan(
        name: .latency,
        title: "enqueue to handler start at 500 jobs/s",
        values: [
            .init(key: "p50", title: "request due to handler start, p50", unit: "ms"),
            .init(key: "p99", title: "p99", unit: "ms"),
            .init(key: "max", title: "longest", unit: "ms"),
            .init(key: "ack50", title: "request due to 201, p50", unit: "ms"),
            .init(key: "ack99", title: "request due to 201, p99", unit: "ms"),
            .init(key: "late99", title: "the load's own lateness, p99 (included)", unit: "ms"),
        ],
        bars: [.below("p50", 5), .below("p99", 30)],
        method: """
            An open loop: each job carries the time at which it was due, and the handler, in the benchmark's own process, \
            compares it with the same clock. 20 s after 5 s of warming up, API in its own process.
            """
    )

    func round(_ index: Int, in lab: Lab) async throws -> [String: Double] {
        let stamps = StampingHandler()
        return try await BenchDatabase.with(lab, "latency") { database in
            let programs = MartletPrograms(lab, database)
            return try await programs.withAPI { api in
                try await BenchWorker(lab, database: database.name, prefix: programs.prefix).run([stamps]) {
                    try await measure(api, lab, stamps)
                }
            }
        }
    }

    private func measure(_ api: RunningProgram, _ lab: Lab, _ stamps: StampingHandler) async throws -> [String: Double]
    {
        _ = try await load(api, .seconds(lab.options.isQuick ? 2 : 5), stamps)
        stamps.reset()
        let outcome = try await load(api, .seconds(lab.options.isQuick ? 3 : 20), stamps)
        let waits = stamps.waits
        return [
            "p50": waits.percentile(0.5), "p99": waits.percentile(0.99), "max": waits.max() ?? 0,
            "ack50": outcome.load.latencies.percentile(0.5), "ack99": outcome.load.latencies.percentile(0.99),
            "late99": outcome.lateness.percentile(0.99),
        ]
    }

    /// Sends, and waits until every job's handler has run.
    private func load(_ api: RunningProgram, _ duration: Duration, _ stamps: StampingHandler) async throws
        -> PacedLoad.Outcome
    {
        let plan = PacedLoad.Plan(perSecond: Self.perSecond, duration: duration) { [port = api.port] at in
            HTTPRequestBytes.post(
                "/v1/jobs",
                port: port,
                json: JobPayload.job(kind: "stamp", args: JobPayload.stamped(at))
            )
        }
        let outcome = try await api.withConnections(Self.connections) { connections in
            try await PacedLoad.run(plan, over: connections)
        }
        let accepted = try outcome.load.checked("paced jobs").accepted
        let deadline = ContinuousClock.now + .seconds(30)
        while stamps.waits.count < accepted {
            guard ContinuousClock.now < deadline else {
                throw BenchError(.count, "\(stamps.waits.count) of \(accepted) acknowledged jobs reached their handler")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return outcome
    }
}
