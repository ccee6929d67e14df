// SPDX-License-Identifier: Apache-2.0
// Martlet: the counts by queue: GET /v1/stats.

internal import HTTPTypes
internal import Hummingbird
internal import Jobs
internal import Web

/// The route of the counts.
struct StatsRoutes: Sendable {
    let ledger: Ledger
    let gate: LedgerGate

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/stats") { request, _ in
            var query = QueryReader(request)
            try query.finish()
            let stats = try await gate.run(.read) { () throws(JobsError) in try await ledger.stats() }
            var json = JSONWriter(capacity: 1_024)
            stats.write(to: &json)
            return .json(json)
        }
    }
}
