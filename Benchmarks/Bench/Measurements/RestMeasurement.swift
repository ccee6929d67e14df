// SPDX-License-Identifier: Apache-2.0
// Martlet: what it costs when there is nothing to do.

import Postgres

/// Transactions a second and CPU of both programs while no job is there.
struct RestMeasurement: Measurement {
    let plan = FigurePlan(
        name: .rest,
        title: "at rest: API and worker without a job",
        values: [
            .init(key: "statements", title: "transactions of all in the database", unit: "/s"),
            .init(key: "api", title: "CPU of martlet-api", unit: "%"),
            .init(key: "worker", title: "CPU of martlet-worker", unit: "%"),
        ],
        bars: [.below("statements", 5), .below("api", 1), .below("worker", 1)],
        mostRounds: 3,
        method: """
            30 s after 15 s of settling: commits and rollbacks of the database by pg_stat_database (each statement is a \
            transaction here; the server's own maintenance counts too), CPU time by /proc.
            """
    )

    func round(_ index: Int, in lab: Lab) async throws -> [String: Double] {
        try await BenchDatabase.with(lab, "rest") { database in
            let programs = MartletPrograms(lab, database)
            // Our own session must not be counted, and a session that does nothing is not.
            return try await programs.withAPI { api in
                try await programs.withWorker { worker in
                    try await Task.sleep(for: .seconds(lab.options.isQuick ? 3 : 15))
                    return try await watch(
                        lab,
                        database.name,
                        api,
                        worker,
                        for: .seconds(lab.options.isQuick ? 5 : 30)
                    )
                }
            }
        }
    }

    private func watch(
        _ lab: Lab,
        _ database: String,
        _ api: RunningProgram,
        _ worker: RunningProgram,
        for duration: Duration
    ) async throws -> [String: Double] {
        let clock = ContinuousClock()
        let start = clock.now
        let transactions = try await transactions(lab, database)
        let cpu = try (cpu(of: api), cpu(of: worker))
        try await Task.sleep(for: duration)
        let elapsed = (clock.now - start).seconds
        return [
            "statements": (try await self.transactions(lab, database) - transactions) / elapsed,
            "api": (try self.cpu(of: api) - cpu.0) / elapsed * 100,
            "worker": (try self.cpu(of: worker) - cpu.1) / elapsed * 100,
        ]
    }

    /// By the administrator's session, which is in another database.
    private func transactions(_ lab: Lab, _ database: String) async throws -> Double {
        let result = try await lab.admin.simpleQuery(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '\(database)'"
        ).last
        guard let result, result.rowCount == 1 else { throw BenchError(.count, "the database has no statistics") }
        return try result.double(0, 0)
    }

    private func cpu(of program: RunningProgram) throws -> Double {
        guard let stat = ProcessStat(program.process.pid) else {
            throw BenchError(.program, "\(program.process.name) has ended:\n\(program.lab.folder.tail(program.log))")
        }
        return stat.cpuSeconds
    }
}
