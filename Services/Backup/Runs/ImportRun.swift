// SPDX-License-Identifier: Apache-2.0
// Martlet: imports of what operators configured.

internal import ObjectStore
internal import Platform
internal import Recovery
internal import Web

/// Shows what an export would change, and changes it if that is wanted.
struct ImportRun: Sendable {
    private let context: RunContext
    private var settings: ExportSettings { context.settings.export }

    init(_ context: RunContext) { self.context = context }

    /// Checks the export, compares, and shows.
    func runAndShow() async throws(RecoveryError) {
        let run = self
        try await RunDeadline(context.settings.run.deadline, of: .importing).run { () throws(RecoveryError) in
            let (place, export) = try await run.load()
            let wanted = try run.wanted(export)
            let keys = try await run.keys(export, wanted)
            let plans = try await run.take(try export.contents(wanted, keys: keys), export.facts)
            run.show(plans, export, place)
        }
    }

    private func load() async throws(RecoveryError) -> (place: String, export: OpenedExport) {
        switch settings.source {
        case .store(let name):
            let system = try await SystemSearch(context).systemOfStore()
            let (key, export) = try await StoredExports(of: system, in: context.store).load(name, open)
            return ("\(key)", export)
        case .input: return ("standard input", try open(try read("/dev/stdin")))
        case .file(let path): return (path, try open(try read(path)))
        }
    }

    private func open(_ bytes: [UInt8]) throws(RecoveryError) -> OpenedExport {
        try OpenedExport(bytes, trusted: settings.trusted)
    }

    private func read(_ path: String) throws(RecoveryError) -> [UInt8] {
        do throws(PlatformError) { return try FileText.bytes(path: path, limit: StoredExports.largest) } catch {
            throw RecoveryError(.notFound, "the export can't be read: \(error)", cause: error)
        }
    }

    private func wanted(_ export: OpenedExport) throws(RecoveryError) -> Set<ExportSection> {
        guard let wanted = settings.sections else { return export.sections }
        if let absent = wanted.subtracting(export.sections).map(\.rawValue).min() {
            let all = export.sections.map(\.rawValue).sorted().joined(separator: ", ")
            throw RecoveryError(.request, "the export has no section '\(absent)'; it has: \(all)")
        }
        return wanted
    }

    private func keys(_ export: OpenedExport, _ wanted: Set<ExportSection>) async throws(RecoveryError) -> KeyRing {
        // What is sealed by nothing needs no key, and no key service.
        guard wanted.contains(where: \.isSealed) else { return context.keys }
        return try await context.systemKeys.ring(of: export.facts.system)
    }

    private func take(_ contents: ExportContents, _ facts: ExportFacts) async throws(RecoveryError) -> [SectionPlan] {
        var plans: [SectionPlan] = []
        if contents.counts.contains(where: { $0.section.isOfLedger }) {
            let change = LedgerImport(contents, facts, prunes: settings.prunes, applies: settings.applies)
            plans = try await change.run(into: try context.database)
        }
        if let given = contents.settings { plans.append(SettingImport.run(given, here: settings.settings)) }
        if let files = contents.files { plans.append(try FileImport.run(files, applies: settings.applies)) }
        return plans
    }

    private func show(_ plans: [SectionPlan], _ export: OpenedExport, _ place: String) {
        switch context.settings.run.output {
        case .table:
            let facts = export.facts
            Terminal.show("\(place): of system \(facts.system), \(facts.exported), signed by \(export.signer)\n")
            var table = ResultTable(["SECTION", "CHANGE", "WHAT"])
            for plan in plans {
                for line in plan.lines { table.add([plan.section.rawValue, line.change.rawValue, line.title]) }
            }
            if plans.contains(where: { !$0.lines.isEmpty }) { Terminal.show(table.description) }
            Terminal.show(summary(plans) + "\n")
        case .json: Terminal.show(json(plans, export, place))
        }
    }

    private func summary(_ plans: [SectionPlan]) -> String {
        let (changes, same) = (plans.reduce(0) { $0 + $1.count }, plans.reduce(0) { $0 + $1.unchanged })
        if settings.applies { return "\(changes) changed, \(same) were the same" }
        let next = changes == 0 ? "" : "; nothing was changed yet: `--apply` does it"
        return "\(changes) to change, \(same) are the same\(next)"
    }

    private func json(_ plans: [SectionPlan], _ export: OpenedExport, _ place: String) -> String {
        ResultJSON { json in
            json.field("export", place)
            json.field("system", "\(export.facts.system)")
            json.field("exported", export.facts.exported)
            json.field("signer", export.signer)
            json.field("applied", settings.applies)
            json.key("sections")
            json.array { json in
                for plan in plans {
                    json.object { json in
                        json.field("section", plan.section.rawValue)
                        json.field("unchanged", plan.unchanged)
                        json.key("lines")
                        json.array { json in
                            for line in plan.lines {
                                json.object { json in
                                    json.field("change", line.change.rawValue)
                                    json.field("title", line.title)
                                }
                            }
                        }
                    }
                }
            }
        }.text
    }
}
