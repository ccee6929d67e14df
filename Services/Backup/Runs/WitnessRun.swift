// SPDX-License-Identifier: Apache-2.0
// Martlet: what the ledger holds before a backup begins.

internal import Logging
internal import Platform
internal import Postgres
internal import Recovery

/// Takes a ``Witness``, so that a drill can compare; what hinders it is logged, and no backup fails for it.
struct WitnessRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// What was seen; nil when nothing was to be looked at or nothing could be.
    /// - Throws: `.cancelled`.
    func take(_ database: PostgresConfiguration) async throws(RecoveryError) -> Witness? {
        guard let limit = context.settings.drill.witness else { return nil }
        do throws(RecoveryError) {
            let witness = try await context.asking(database, on: "witness") { session throws(RecoveryError) in
                var plan = WitnessPlan()
                plan.limit = limit
                return try await Witness.take(session, plan: plan)
            }
            return witness.tables.isEmpty ? nil : witness
        } catch {
            guard error.code != .cancelled else { throw error }
            context.logger.warning(
                "a drill of this backup can't compare rows: the ledger can't be looked at",
                metadata: ["error": "\(error)"]
            )
            return nil
        }
    }
}
