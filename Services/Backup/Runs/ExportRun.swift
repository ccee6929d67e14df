// SPDX-License-Identifier: Apache-2.0
// Martlet: exports of what operators configured.

internal import Logging
internal import ObjectStore
internal import Platform
internal import Recovery
internal import Web

/// Makes a signed export.
struct ExportRun: Sendable {
    private let context: RunContext
    private var settings: ExportSettings { context.settings.export }

    init(_ context: RunContext) { self.context = context }

    /// Makes it, puts it where it shall be, and shows what it has.
    func runAndShow() async throws(RecoveryError) {
        let run = self
        try await RunDeadline(context.settings.run.deadline, of: .export).run { () throws(RecoveryError) in
            let system = try await SystemSearch(run.context).system(of: try run.context.database)
            let (contents, facts, bytes) = try await run.make(run.settings.sections, of: system)
            let place: String
            switch run.settings.destination {
            case .output:
                Terminal.show(String(decoding: bytes, as: UTF8.self))
                return
            case .file(let path):
                try NewFile.write(bytes, to: path)
                place = path
            case .store:
                place = "\(try await StoredExports(of: system, in: run.context.store).save(bytes, facts))"
            }
            run.show(contents, facts, place, bytes.count)
        }
    }

    /// Makes one beside a backup, where there is a signing key; without a key ring, of what needs none.
    func beside(_ entry: CatalogueEntry) async throws(RecoveryError) {
        guard settings.signing != nil else { return }
        do throws(RecoveryError) {
            let database = try context.database
            guard try await LedgerExport.isThere(in: database) else {
                context.logger.warning("no export: the database has no ledger", metadata: ["database": "\(database)"])
                return
            }
            let keys = try await context.systemKeys.ring(of: entry.system)
            let wanted = ExportSection.allCases.filter { !$0.isSealed || !keys.keys.isEmpty }
            let (_, facts, bytes) = try await make(Set(wanted), of: entry.system)
            let name = try await StoredExports(of: entry.system, in: context.store).save(bytes, facts)
            context.logger.info("exported", metadata: ["export": "\(name)"])
        } catch {
            throw RecoveryError(
                error.code,
                "the backup \(entry.id) is made, and the export beside it failed: \(error)",
                cause: error
            )
        }
    }

    private func make(
        _ wanted: Set<ExportSection>?,
        of system: SystemID
    ) async throws(RecoveryError) -> (ExportContents, ExportFacts, [UInt8]) {
        guard let key = settings.signing else { throw RecoveryError(.request, "there is no key to sign the export") }
        let sections = wanted ?? Set(ExportSection.allCases)
        var (contents, migration) = try await LedgerExport.read(sections, from: try context.database)
        if sections.contains(.settings) { contents.settings = settings.settings }
        if sections.contains(.files), !settings.files.isEmpty { contents.files = try FileImport.read(settings.files) }
        let facts = ExportFacts(
            system: system,
            exported: .now(),
            migration: migration,
            program: BuildInfo.current.version
        )
        let keys = try await context.systemKeys.ring(of: system)
        return (contents, facts, try OpenedExport.encode(contents, facts, keys: keys, signedBy: key))
    }

    private func show(_ contents: ExportContents, _ facts: ExportFacts, _ place: String, _ size: Int) {
        switch context.settings.run.output {
        case .table:
            let parts = contents.counts.map { "\($0.section.rawValue) \($0.rows)" }.joined(separator: ", ")
            Terminal.show("\(place): \(parts); \(ProgressLine.size(Int64(size)))\n")
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.field("export", place)
                    json.field("system", "\(facts.system)")
                    json.field("exported", facts.exported)
                    json.field("bytes", size)
                    json.key("rows")
                    json.object { json in
                        for (section, rows) in contents.counts {
                            json.key(named: section.rawValue)
                            json.number(rows)
                        }
                    }
                }.text
            )
        }
    }
}
