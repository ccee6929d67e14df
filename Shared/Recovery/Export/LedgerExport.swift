// SPDX-License-Identifier: Apache-2.0
// Martlet: reads what operators configured out of the ledger.
public import Postgres

/// The ledger's part of an export.
public enum LedgerExport {
    /// Reads the sections as they are at one moment.
    /// - Returns: The rows, and the ledger's newest migration and time.
    /// - Throws: `.request` when the database has no ledger, `.database`.
    public static func read(
        _ wanted: Set<ExportSection>,
        from configuration: PostgresConfiguration
    ) async throws(RecoveryError) -> (contents: ExportContents, migration: Int) {
        try await LedgerTransaction.run(.reading, configuration) { transaction throws(RecoveryError) in
            var contents = ExportContents()
            if wanted.contains(.queues) { contents.queues = try await transaction.rows(of: LedgerTables.queues) }
            if wanted.contains(.maintenance) {
                contents.maintenance = try await transaction.rows(of: LedgerTables.maintenance)
            }
            if wanted.contains(.subscribers) {
                contents.subscribers = try await transaction.rows(of: LedgerTables.subscribers)
            }
            return (contents, transaction.migration)
        }
    }

    /// Whether a database has a ledger at all.
    /// - Throws: `.database`.
    public static func isThere(in configuration: PostgresConfiguration) async throws(RecoveryError) -> Bool {
        let loop = EventLoop(name: "export")
        defer { loop.shutdown() }
        do throws(PostgresError) {
            return try await PostgresSession.lend(configuration, on: loop) { session throws(PostgresError) in
                try await session.execute(LedgerTransaction.hasLedger).bool(0, 0)
            }
            .get()
        } catch {
            throw RecoveryError(error, "\(configuration)")
        }
    }
}
