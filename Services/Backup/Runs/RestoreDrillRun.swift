// SPDX-License-Identifier: Apache-2.0
// Martlet: `drill`: the newest backup is restored, looked at and measured.

internal import Glibc
internal import Logging
internal import Platform
internal import Postgres
internal import Recovery

/// Runs a restore drill.
struct RestoreDrillRun: Sendable {
    private let context: RunContext
    /// Whether the result goes to standard output; within `serve` there are logs.
    private let isShown: Bool

    init(_ context: RunContext, isShown: Bool = true) {
        self.context = context
        self.isShown = isShown
    }

    /// Drills, and shows what was found.
    /// - Throws: `.drill` when something is wrong or an objective was missed, after all was shown and recorded.
    func runAndShow() async throws(RecoveryError) {
        let system = try await SystemSearch(context).systemOfStore()
        let entry = try await DrillChoice(context, of: system).entry()
        let holder = LeaseHolder(host: HostIdentity.name, pid: getpid(), verb: "drill", backup: entry.id)
        try await RunFrame(context, .drill, system, backup: entry.id).run { _ throws(RecoveryError) in
            let narration = DrillNarration(context)
            var drill = try await drill(entry)
            drill.progress = narration.progress
            drill.onPhase = { narration.begin($0) }
            let made = drill
            let report = try await narration.tell { () throws(RecoveryError) in
                try await made.recordUnleased(entry, as: holder)
            }
            show(report)
            guard report.isGood else { throw RecoveryError(.drill, report.summary) }
        }
    }

    private func drill(_ entry: CatalogueEntry) async throws(RecoveryError) -> Drill {
        let options = context.settings.drill
        var settings = DrillSettings(programs: try await context.settings.run.programs.folder(for: entry))
        settings.folder = options.folder ?? settings.folder
        settings.user = options.user
        settings.role = options.role
        settings.libraries = options.libraries
        settings.keepsFolder = options.isKept
        settings.objectives = context.settings.reports.objectives
        settings.database = entry.facts.database ?? context.settings.database?.databaseName ?? settings.database
        // One limit for all: a drill that is slower than its objective is to end with a measure of how slow.
        for phase in DrillPhase.allCases { settings.limits[phase] = context.settings.run.deadline }
        let keys = try await context.systemKeys.ring(of: entry.system)
        var drill = Drill(of: entry.system, in: context.store, keys: keys, settings: settings)
        drill.primary = context.settings.database
        drill.pace = context.pace
        return drill
    }

    private func show(_ report: DrillReport) {
        guard isShown else {
            for finding in report.findings {
                context.logger.error("the drill found", metadata: ["finding": "\(finding)"])
            }
            context.logger.info("drill", metadata: ["summary": "\(report.summary)"])
            return
        }
        let result = DrillResult(report: report, objectives: context.settings.reports.objectives)
        switch context.settings.run.output {
        case .table: Terminal.show(result.table)
        case .json: Terminal.show(result.json)
        }
    }
}
