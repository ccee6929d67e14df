// SPDX-License-Identifier: Apache-2.0
// Martlet: itself among the others, by HTTP and with its own worker program.

import Platform

/// Martlet as a job queue under comparison.
struct MartletQueue: PeerQueue {
    let name = "Martlet"
    let store = "PostgreSQL and Redis"
    let usesRedis = true
    let bestConcurrency: Int

    func version(_ lab: Lab) -> String { BuildInfo.current.version }

    func with<Value: Sendable>(_ lab: Lab, _ body: (any PeerStore) async throws -> Value) async throws -> Value {
        try await BenchDatabase.with(lab, "martlet") { database in
            let programs = MartletPrograms(lab, database)
            return try await programs.withAPI { api in
                try await body(MartletPeerStore(lab: lab, database: database, programs: programs, api: api))
            }
        }
    }
}
