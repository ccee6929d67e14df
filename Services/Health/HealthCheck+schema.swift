// SPDX-License-Identifier: Apache-2.0
// Martlet: no readiness while the ledger lacks a migration that this version needs.

internal import Jobs
internal import Platform
internal import Postgres
internal import Synchronization

extension HealthCheck {
    /// The ledger has every migration. What is not known while it is away only degrades: people are told without it.
    static func schema(_ pool: PostgresPool) -> HealthCheck {
        let state = SchemaState()
        // Longer than the pool's own limits: a ledger that hangs says nothing about its schema.
        return HealthCheck("schema", criticality: .critical, deadline: .seconds(5)) {
            if state.isComplete { return HealthFinding(.up) }
            let pending: [Migration]
            do throws(PostgresError) {
                pending = try await pool.pending(LedgerMigrations.all, deadline: .milliseconds(900))
            } catch {
                return HealthFinding(.degraded, details: [("reason", .string("the ledger does not answer"))])
            }
            if let reason = LedgerMigrations.complaint(of: pending) {
                return HealthFinding(.down, details: [("reason", .string(reason))])
            }
            state.complete()
            return HealthFinding(.up)
        }
    }

    /// Migrations are never taken back: once complete, nothing more is asked.
    private final class SchemaState: Sendable {
        private let state = Atomic(false)
        var isComplete: Bool { state.load(ordering: .relaxed) }
        func complete() { state.store(true, ordering: .relaxed) }
    }
}
