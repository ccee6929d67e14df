// SPDX-License-Identifier: Apache-2.0
// Martlet: the ledger as the aggregator sees it.

internal import Platform
internal import Postgres

extension HealthCheck {
    /// The ledger answers; without it history waits and people are told directly, so this only degrades.
    static func ledger(_ pool: PostgresPool) -> HealthCheck {
        HealthCheck("database", criticality: .degrading) {
            _ = try await pool.ping(deadline: .milliseconds(900))
            return HealthFinding(.up)
        }
    }
}
