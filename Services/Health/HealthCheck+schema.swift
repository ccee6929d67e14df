// SPDX-License-Identifier: Apache-2.0
// Martlet: no readiness while the ledger lacks a migration that this version needs.

internal import Jobs
internal import Platform
internal import Postgres
internal import Synchronization

extension HealthCheck {
    private static let appliedMigrations = PostgresStatement(
        "health_schema",
        "SELECT number FROM martlet_migration"
    )

    /// The ledger has every migration. What is not known while it is away only degrades: people are told without it.
    static func schema(_ pool: PostgresPool) -> HealthCheck {
        let check = SchemaState()
        // Longer than the pool's own limits: a ledger that hangs says nothing about its schema.
        return HealthCheck("schema", criticality: .critical, deadline: .seconds(5)) {
            if check.isComplete { return HealthFinding(.up) }
            let result: PostgresResult
            do throws(PostgresError) {
                result = try await pool.execute(appliedMigrations, deadline: .milliseconds(900))
            } catch {
                // 42P01: there is no such table, so nothing was migrated.
                guard case .server(sqlState: "42P01") = error.code else {
                    return HealthFinding(.degraded, details: [("reason", .string("the ledger does not answer"))])
                }
                return lacks(LedgerMigrations.all.first)
            }
            var known: Set<Int> = []
            for row in 0..<result.rowCount { known.insert(Int(try result.int32(row, 0))) }
            if let first = LedgerMigrations.all.first(where: { !known.contains($0.number) }) { return lacks(first) }
            check.complete()
            return HealthFinding(.up)
        }
    }

    private static func lacks(_ migration: Migration?) -> HealthFinding {
        let name = migration.map { " \($0.number) \($0.name)" } ?? ""
        let reason = "the schema lacks migration\(name); run `martlet-api migrate`"
        return HealthFinding(.down, details: [("reason", .string(reason))])
    }

    /// Migrations are never taken back: once complete, nothing more is asked.
    private final class SchemaState: Sendable {
        private let state = Atomic(false)
        var isComplete: Bool { state.load(ordering: .relaxed) }
        func complete() { state.store(true, ordering: .relaxed) }
    }
}
