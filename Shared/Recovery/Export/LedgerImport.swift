// SPDX-License-Identifier: Apache-2.0
// Martlet: brings the ledger to what an export says.
public import Postgres

/// The ledger's part of an import: one transaction, under a lock that only one import can hold.
public struct LedgerImport: Sendable {
    private let contents: ExportContents
    private let facts: ExportFacts
    private let prunes: Bool
    private let applies: Bool

    /// - Parameters:
    ///   - prunes: Whether maintenance windows and subscribers that the export does not have are removed.
    ///   - applies: Whether anything is changed; otherwise it is only found out.
    public init(_ contents: ExportContents, _ facts: ExportFacts, prunes: Bool, applies: Bool) {
        (self.contents, self.facts, self.prunes, self.applies) = (contents, facts, prunes, applies)
    }

    /// Finds out what differs, and changes it if that is wanted: everything or nothing.
    /// - Throws: `.request` when the ledger is of another migration, `.locked` when another import is under way,
    ///   `.database`.
    public func run(into configuration: PostgresConfiguration) async throws(RecoveryError) -> [SectionPlan] {
        try await LedgerTransaction.run(applies ? .changing : .reading, configuration) { ledger throws(RecoveryError) in
            guard ledger.migration == facts.migration else {
                throw RecoveryError(
                    .request,
                    "the export is of a ledger at migration \(facts.migration), and this one is at \(ledger.migration): "
                        + "bring both to one version of the programs (`martlet-api migrate`)"
                )
            }
            var plans: [SectionPlan] = []
            try await take(contents.queues, LedgerTables.queues, ledger, &plans)
            try await take(contents.maintenance, LedgerTables.maintenance, ledger, &plans)
            try await take(contents.subscribers, LedgerTables.subscribers, ledger, &plans)
            return plans
        }
    }

    private func take<Row>(
        _ rows: [Row]?,
        _ table: LedgerTable<Row>,
        _ ledger: LedgerTransaction,
        _ plans: inout [SectionPlan]
    ) async throws(RecoveryError) {
        guard let rows else { return }
        let given = rows.filter { !$0.isOver(at: ledger.now) }
        let difference = RowDifference(given: given, here: try await ledger.rows(of: table))
        plans.append(SectionPlan(table.section, difference, prunes: prunes && table.remove != nil))
        guard applies else { return }
        try await ledger.run(table.write, difference.added + difference.changed, of: table.section)
        guard prunes, let remove = table.remove else { return }
        try await ledger.run(remove, difference.onlyHere, of: table.section)
    }
}
