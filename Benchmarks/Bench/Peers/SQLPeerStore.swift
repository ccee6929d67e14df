// SPDX-License-Identifier: Apache-2.0
// Martlet: another job queue's store in PostgreSQL.

/// A peer's store in PostgreSQL.
struct SQLPeerStore: PeerStore {
    let lab: Lab
    let queue: ProgramQueue
    let database: BenchDatabase
    let finishedSQL: String

    func enqueue(_ jobs: Int, isRecorded: Bool) async throws -> Double {
        try ProgramQueue.rate(try await queue.run(["enqueue", String(jobs)], lab, database: database.name))
    }

    func startWorker(_ work: PeerWork) async throws -> ChildProcess {
        try await queue.startWorker(lab, database: database.name, work)
    }

    func finished(of jobs: Int) async throws -> Int {
        Int(try await database.number(finishedSQL.replacing("$JOBS", with: String(jobs))))
    }
}
