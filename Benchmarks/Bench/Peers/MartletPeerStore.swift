// SPDX-License-Identifier: Apache-2.0
// Martlet: its own store and programs in the comparison.

import NIOCore

/// Martlet's ledger with its API running.
struct MartletPeerStore: PeerStore {
    let lab: Lab
    let database: BenchDatabase
    let programs: MartletPrograms
    let api: RunningProgram

    func enqueue(_ jobs: Int, isRecorded: Bool) async throws -> Double {
        let kind = isRecorded ? "record" : "noop"
        let requests = stride(from: 0, to: jobs, by: Backlog.batch).map { first in
            let body = JobPayload.batch(kind: kind, count: min(Backlog.batch, jobs - first)) {
                JobPayload.numbered(first + $0)
            }
            return HTTPRequestBytes.post("/v1/jobs/batch", port: api.port, json: body)
        }
        // One connection, as the others' programs have one.
        let outcome = try await api.withConnections(1) { connections in
            try await ClosedLoad.run(.each(requests), over: connections, within: .seconds(120))
        }
        return try outcome.checked("enqueueing").rate * Double(jobs) / Double(requests.count)
    }

    func startWorker(_ work: PeerWork) async throws -> ChildProcess {
        guard work.record != nil else {
            let worker = try programs.startWorker(["MARTLET_CONCURRENCY": String(work.concurrency)])
            try await worker.waitUntilReady()
            return worker.process
        }
        let log = "martlet.work.\(UInt32.random(in: 0...UInt32.max)).log"
        let environment = lab.serviceEnvironment(database: database.name, prefix: programs.prefix)
        let process = try ChildProcess.spawn(
            "/proc/self/exe",
            ["work"],
            environment: environment.merging(work.environment) { $1 },
            output: lab.folder.path(log)
        )
        try await lab.waitForWord("ready", from: process, log: log)
        return process
    }

    func finished(of jobs: Int) async throws -> Int { try await database.tallied() }
}
