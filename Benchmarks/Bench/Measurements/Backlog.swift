// SPDX-License-Identifier: Apache-2.0
// Martlet: jobs that wait before a measurement begins.

import NIOCore

/// Fills the ledger over HTTP, as any client would.
enum Backlog {
    /// Jobs in one request.
    static let batch = 1_000

    /// Enqueues `jobs` jobs and makes sure that the ledger has them.
    static func fill(
        _ api: RunningProgram,
        _ database: BenchDatabase,
        kind: String,
        jobs: Int,
        args: @Sendable (Int) -> String
    ) async throws {
        let body = JobPayload.batch(kind: kind, count: min(batch, jobs), args: args)
        let request = HTTPRequestBytes.post("/v1/jobs/batch", port: api.port, json: body)
        let before = try await database.jobs()
        let outcome = try await api.withConnections(4) { connections in
            let requests = [ByteBuffer](repeating: request, count: max(1, jobs / batch))
            return try await ClosedLoad.run(.each(requests), over: connections, within: .seconds(300))
        }
        _ = try outcome.checked("filling the ledger")
        let stored = try await database.jobs() - before
        guard stored == jobs else { throw BenchError(.count, "the ledger has \(stored) of \(jobs) acknowledged jobs") }
    }
}
