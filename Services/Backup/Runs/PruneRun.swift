// SPDX-License-Identifier: Apache-2.0
// Martlet: removes what nothing keeps.

internal import Logging
internal import ObjectStore
internal import Platform
internal import Recovery
internal import Web

/// Prunes.
struct PruneRun: Sendable {
    private let context: RunContext
    /// Whether the result goes to standard output; within `serve` there are logs.
    private let isShown: Bool

    init(_ context: RunContext, isShown: Bool = true) {
        self.context = context
        self.isShown = isShown
    }

    /// Removes, or shows what would be removed.
    func runAndShow() async throws(RecoveryError) {
        let system = try await SystemSearch(context).systemOfStore()
        if context.settings.run.isDry { return show(try await plan(system), nil) }
        let context = context
        let (plan, report) = try await RunFrame(context, .prune, system).run { lease throws(RecoveryError) in
            let plan = try await self.plan(system)
            let run = RetentionRun(plan, in: try context.strictStore) { () throws(RecoveryError) in
                try lease.check()
                if Task.isCancelled { throw RecoveryError(.cancelled, "the prune was cancelled") }
            }
            let report = try await run.execute()
            await self.sweep(system)
            return (plan, report)
        }
        show(plan, report)
    }

    private func plan(_ system: SystemID) async throws(RecoveryError) -> RetentionPlan {
        let contents = try await Catalogue(try context.strictStore, keys: context.keys).contents(of: system)
        return RetentionPlan(contents, policy: context.settings.retention.policy, now: .now())
    }

    /// What killed uploads left is never listed, and takes room.
    private func sweep(_ system: SystemID) async {
        do {
            try await ReaderMark.sweep(system, in: context.store)
            let count = try await context.store.sweep(olderThan: .seconds(86_400))
            if count > 0 { context.logger.info("leftovers removed", metadata: ["count": "\(count)"]) }
        } catch {
            context.logger.warning("leftovers can't be removed", metadata: ["error": "\(error)"])
        }
    }

    private func show(_ plan: RetentionPlan, _ report: RetentionRun.Report?) {
        guard isShown else { return }
        switch context.settings.run.output {
        case .table:
            Terminal.show(plan.table)
            guard let report else { return Terminal.show("Dry run: nothing was removed.\n") }
            Terminal.show("\(report.backups.count) backups and \(report.objects) objects removed\n")
            for refusal in report.refusals { Terminal.show("\(refusal.backup) stays: \(refusal.reason)\n") }
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.field("dry_run", report == nil)
                    json.field("removed", (report?.backups ?? plan.removedBackups).map(\.description))
                    json.field("objects", report?.objects)
                    json.field("kept", plan.backups.filter(\.isKept).map(\.id.description))
                    json.field("exports", plan.removedExports.count)
                    json.field("refused", (report?.refusals ?? []).map(\.backup.description))
                }.text
            )
        }
    }
}
