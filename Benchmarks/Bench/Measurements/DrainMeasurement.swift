// SPDX-License-Identifier: Apache-2.0
// Martlet: how fast a worker gets through a backlog.

import Postgres

/// No-op jobs a second, all of them enqueued before the worker starts, counted as receipts in the ledger.
struct DrainMeasurement: Measurement {
    let plan = FigurePlan(
        name: .drain,
        title: "no-op jobs a second, 100,000 enqueued beforehand",
        values: [
            .init(key: "jobs", title: "finished", unit: "jobs/s"),
            .init(key: "life", title: "ceiling: whole lives by the same statements", unit: "jobs/s"),
            .init(key: "started", title: "finished, from the start of the process", unit: "jobs/s"),
            .init(key: "enqueue", title: "ceiling: enqueue", unit: "jobs/s"),
            .init(key: "pump", title: "ceiling: hand out", unit: "jobs/s"),
            .init(key: "finish", title: "ceiling: finish", unit: "jobs/s"),
            .init(key: "cpuWorker", title: "CPU of martlet-worker", unit: "µs/job"),
            .init(key: "cpuPostgres", title: "CPU of PostgreSQL", unit: "µs/job"),
            .init(key: "cpuRedis", title: "CPU of Redis", unit: "µs/job"),
        ],
        ceiling: "life",
        bars: [.share(0.4), .atLeast("jobs", 20_000)],
        method: """
            Receipts after the first batch of them, divided by the time from the first to the last, by the server's clock. \
            The ceiling is a procedure in the server that runs the same statements, 1,000 jobs to a commit.
            """
    )

    func round(_ index: Int, in lab: Lab) async throws -> [String: Double] {
        let jobs = lab.options.isQuick ? 10_000 : 100_000
        // Turn about, so that neither always meets the warmer machine.
        if index.isMultiple(of: 2) {
            let ceiling = try await LedgerCeiling.measure(lab, jobs: jobs)
            return Self.values(ceiling, try await drain(lab, jobs: jobs))
        }
        let drained = try await drain(lab, jobs: jobs)
        return Self.values(try await LedgerCeiling.measure(lab, jobs: jobs), drained)
    }

    private static func values(_ ceiling: LedgerCeiling, _ drained: [String: Double]) -> [String: Double] {
        let ceilings = [
            "life": ceiling.wholeLife, "enqueue": ceiling.enqueue, "pump": ceiling.pump, "finish": ceiling.finish,
        ]
        return drained.merging(ceilings) { $1 }
    }

    private func drain(_ lab: Lab, jobs: Int) async throws -> [String: Double] {
        try await BenchDatabase.with(lab, "drain") { database in
            let programs = MartletPrograms(lab, database)
            return try await programs.withAPI { api in
                try await Backlog.fill(api, database, kind: "noop", jobs: jobs, args: JobPayload.numbered)
                try await database.session.simpleQuery("CHECKPOINT", deadline: .seconds(120))
                let worker = try programs.startWorker()
                do {
                    let meter = try await CPUMeter.start(lab, [("cpuWorker", worker)])
                    try await Self.waitForReceipts(database, worker, jobs)
                    let cpu = meter.microseconds(per: jobs)
                    await worker.stop()
                    return try await Self.rates(database, worker, jobs).merging(cpu) { $1 }
                } catch {
                    await worker.stop()
                    throw error
                }
            }
        }
    }

    private static func waitForReceipts(_ database: BenchDatabase, _ worker: RunningProgram, _ jobs: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(180)
        var counted = 0
        while counted < jobs {
            guard ContinuousClock.now < deadline else {
                throw BenchError(.timeout, "\(counted) of \(jobs) jobs had a receipt when time was up")
            }
            if let status = worker.process.exitStatus {
                throw BenchError(.program, "the worker ended with \(status):\n\(worker.lab.folder.tail(worker.log))")
            }
            try await Task.sleep(for: .milliseconds(100))
            counted = try await database.tallied()
        }
    }

    private static func rates(
        _ database: BenchDatabase,
        _ worker: RunningProgram,
        _ jobs: Int
    ) async throws -> [String: Double] {
        let receipts = try await database.receipts()
        guard receipts == jobs else { throw BenchError(.count, "there are \(receipts) receipts for \(jobs) jobs") }
        let first = try await database.number("SELECT extract(epoch FROM min(finished_at)) FROM job_done")
        let last = try await database.number("SELECT extract(epoch FROM max(finished_at)) FROM job_done")
        let later = try await database.number(
            "SELECT count(*) FROM job_done WHERE finished_at > (SELECT min(finished_at) FROM job_done)"
        )
        return ["jobs": later / (last - first), "started": Double(jobs) / (last - worker.process.startedAt)]
    }
}
