// SPDX-License-Identifier: Apache-2.0
// Martlet: whether memory depends on what waits.

/// Resident memory of both programs while a million due jobs wait and a worker works.
struct MemoryMeasurement: Measurement {
    private static let megabyte = 1_000_000.0

    let plan = FigurePlan(
        name: .memory,
        title: "memory with 1,000,000 jobs waiting",
        values: [
            .init(key: "api", title: "martlet-api, resident", unit: "MB"),
            .init(key: "worker", title: "martlet-worker, resident", unit: "MB"),
            .init(key: "apiPeak", title: "martlet-api, the most ever", unit: "MB"),
            .init(key: "workerPeak", title: "martlet-worker, the most ever", unit: "MB"),
            .init(key: "redis", title: "Redis, used", unit: "MB"),
            .init(key: "waiting", title: "jobs that waited at the end", unit: "jobs"),
        ],
        bars: [.below("api", 80), .below("worker", 80)],
        mostRounds: 1,
        method: """
            A million due sleep jobs of 1 s by batches of 1,000 over 4 connections, a worker with one place that works all \
            the while; the highest of 20 looks in 10 s after the last one was acknowledged. One round.
            """
    )

    func round(_ index: Int, in lab: Lab) async throws -> [String: Double] {
        let jobs = lab.options.isQuick ? 50_000 : 1_000_000
        return try await BenchDatabase.with(lab, "memory") { database in
            let programs = MartletPrograms(lab, database)
            return try await programs.withAPI { api in
                try await programs.withWorker(["MARTLET_CONCURRENCY": "1"]) { worker in
                    try await Backlog.fill(api, database, kind: "sleep", jobs: jobs) { _ in
                        JobPayload.sleeping(seconds: 1)
                    }
                    return try await look(lab, database, api, worker)
                }
            }
        }
    }

    private func look(
        _ lab: Lab,
        _ database: BenchDatabase,
        _ api: RunningProgram,
        _ worker: RunningProgram
    ) async throws -> [String: Double] {
        var values: [String: Double] = [:]
        let receipts = try await database.receipts()
        for _ in 0..<20 {
            for (key, program) in [("api", api), ("worker", worker)] {
                guard let memory = ProcessMemory(of: program.process.pid) else {
                    throw BenchError(.program, "\(program.process.name) ended:\n\(lab.folder.tail(program.log))")
                }
                values[key] = max(values[key] ?? 0, Double(memory.resident) / Self.megabyte)
                values["\(key)Peak"] = Double(memory.peak) / Self.megabyte
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        let done = try await database.receipts()
        guard done > receipts else { throw BenchError(.count, "the worker finished nothing while it was watched") }
        values["waiting"] = Double(try await database.jobs() - done)
        let memory = try await lab.redisInfo("memory")["used_memory"].flatMap(Double.init) ?? 0
        values["redis"] = memory / Self.megabyte
        return values
    }
}
