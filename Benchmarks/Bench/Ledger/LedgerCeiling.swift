// SPDX-License-Identifier: Apache-2.0
// Martlet: runs the ledger's ceiling.

import Jobs
import Postgres

/// Jobs a second that the ledger's statements carry inside the server.
struct LedgerCeiling: Sendable {
    var enqueue: Double
    var pump: Double
    var finish: Double

    /// Jobs a second through a whole life, one phase after the other.
    var wholeLife: Double { 1 / (1 / enqueue + 1 / pump + 1 / finish) }

    /// The batch of every statement.
    static let batch = 1_000

    /// Measures with `jobs` jobs in a database of their own.
    static func measure(_ lab: Lab, jobs: Int) async throws -> LedgerCeiling {
        // The connections of a worker have the same settings.
        try await BenchDatabase.with(lab, "ceiling", settings: LedgerTuning.settings) { database in
            try await database.session.simpleQuery(try LedgerProcedure.definition())
            try await database.session.simpleQuery(
                "CALL martlet_ceiling(\(jobs), \(batch), '\(JobPayload.numbered(1))')",
                deadline: .seconds(300)
            )
            var rates: [LedgerProcedure.Phase: Double] = [:]
            for phase in LedgerProcedure.Phase.allCases {
                let row = "FROM martlet_ceiling_phase WHERE phase = '\(phase.rawValue)'"
                let counted = Int(try await database.number("SELECT jobs \(row)"))
                guard counted == jobs else {
                    throw BenchError(.count, "the ceiling's \(phase.rawValue) phase saw \(counted) of \(jobs) jobs")
                }
                rates[phase] = Double(jobs) / (try await database.number("SELECT seconds \(row)"))
            }
            let receipts = try await database.receipts()
            guard receipts == jobs else { throw BenchError(.count, "the ceiling left \(receipts) of \(jobs) receipts") }
            return LedgerCeiling(
                enqueue: rates[.enqueue] ?? 0,
                pump: rates[.pump] ?? 0,
                finish: rates[.finish] ?? 0
            )
        }
    }
}
