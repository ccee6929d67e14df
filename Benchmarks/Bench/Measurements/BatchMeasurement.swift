// SPDX-License-Identifier: Apache-2.0
// Martlet: how fast batches are acknowledged.

import NIOCore

/// Jobs a second by `POST /v1/jobs/batch`, 1,000 to a request, beside the same rows over one libpq connection.
struct BatchMeasurement: Measurement {
    private static let connections = [1, 2, 4]

    /// Of each number of connections; a hundred are a third of a second.
    var batches = 100

    let plan = FigurePlan(
        name: .batch,
        title: "jobs a second, acknowledged, 1,000 to a request",
        values: [
            .init(key: "best", title: "acknowledged, best number of connections", unit: "jobs/s"),
            .init(key: "insert", title: "ceiling: the same rows by one libpq connection", unit: "rows/s"),
            .init(key: "1", title: "1 keep-alive connection", unit: "jobs/s"),
            .init(key: "2", title: "2 keep-alive connections", unit: "jobs/s"),
            .init(key: "4", title: "4 keep-alive connections", unit: "jobs/s"),
        ],
        ceiling: "insert",
        bars: [.share(0.6)],
        method: """
            Prepared request bodies of 1,000 jobs in a closed loop, no worker. The ceiling sends prepared binary \
            parameters of the same statement, one batch after the other; each starts with an empty ledger.
            """
    )

    func round(_ index: Int, in lab: Lab) async throws -> [String: Double] {
        let batches = lab.options.isQuick ? 10 : self.batches
        return try await BenchDatabase.with(lab, "batch") { database in
            try await MartletPrograms(lab, database).withAPI { api in
                let body = JobPayload.batch(kind: "noop", count: Backlog.batch, args: JobPayload.numbered)
                let request = HTTPRequestBytes.post("/v1/jobs/batch", port: api.port, json: body)
                var values: [String: Double] = [:]
                var order = Self.connections.map(Optional.some) + [nil]
                // Another one goes first in each round.
                order = Array(order[(index % order.count)...] + order[..<(index % order.count)])
                try await warmUp(api, request)
                for connections in order {
                    try await database.empty(lab)
                    if let connections {
                        let rate = try await load(api, request, connections: connections, batches: batches)
                        values[String(connections)] = rate
                    } else {
                        values["insert"] = try await DirectInsert.measure(
                            lab,
                            database,
                            batches: batches,
                            size: Backlog.batch
                        )
                    }
                    let stored = try await database.jobs()
                    guard stored == batches * Backlog.batch else {
                        throw BenchError(.count, "\(stored) of \(batches * Backlog.batch) acknowledged rows are there")
                    }
                }
                values["best"] = Self.connections.compactMap { values[String($0)] }.max() ?? 0
                return values
            }
        }
    }

    private func warmUp(_ api: RunningProgram, _ request: ByteBuffer) async throws {
        _ = try await load(api, request, connections: 2, batches: 10)
    }

    private func load(
        _ api: RunningProgram,
        _ request: ByteBuffer,
        connections: Int,
        batches: Int
    ) async throws -> Double {
        let requests = [ByteBuffer](repeating: request, count: batches)
        let outcome = try await api.withConnections(connections) { connections in
            try await ClosedLoad.run(.each(requests), over: connections, within: .seconds(120))
        }
        return try outcome.checked("batches").rate * Double(Backlog.batch)
    }
}
