// SPDX-License-Identifier: Apache-2.0
// Martlet: reads what is stored and checks all of it.

internal import ObjectStore
internal import Platform
internal import Recovery
internal import Synchronization
internal import Web

/// Verifies backups.
struct VerifyRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Verifies what the settings name, and shows what was found.
    /// - Throws: `.damaged` with the number of damages after all were shown.
    func runAndShow() async throws(RecoveryError) {
        let system = try await SystemSearch(context).systemOfStore()
        let shelf = BackupShelf(context, of: system)
        var entries: [CatalogueEntry] = []
        var damages: [DamageReport] = []
        switch context.settings.run.backup ?? "latest" {
        case "all":
            let content = try await shelf.content()
            entries = content.finished.map(\.entry)
            for (id, error) in content.unreadable {
                damages.append(
                    DamageReport(object: BackupPath(id, of: system).entry, offset: nil, message: error.message)
                )
            }
        case let name: entries = [try await shelf.find(name)]
        }
        let narration = Narration(context)
        narration.progress.expect(entries.reduce(0) { $0 + $1.storedSize })
        for entry in entries {
            damages += try await narration.tell { () throws(RecoveryError) in try await scan(entry, narration) }
        }
        show(entries.count, damages)
        guard damages.isEmpty else {
            throw RecoveryError(.damaged, "\(damages.count) damages were found", object: damages.first?.object)
        }
    }

    /// All damages of a backup.
    func scan(_ entry: CatalogueEntry, _ narration: Narration) async throws(RecoveryError) -> [DamageReport] {
        let found = Mutex<[DamageReport]>([])
        do throws(RecoveryError) {
            let reader = try await BackupReader.open(entry, in: context.store, keys: context.keys, pace: context.pace)
            try await reader.scan { report in found.withLock { $0.append(report) } }
        } catch {
            guard let object = error.object, error.code == .damaged || error.code == .notFound else { throw error }
            found.withLock { $0.append(DamageReport(object: object, offset: nil, message: error.message)) }
        }
        narration.progress.read(Int(entry.storedSize))
        return found.withLock { $0 }
    }

    private func show(_ count: Int, _ damages: [DamageReport]) {
        var table = ResultTable(["OBJECT", "BYTE", "DAMAGE"])
        for damage in damages {
            table.add(["\(damage.object)", damage.offset.map { "\($0)" } ?? "", damage.message])
        }
        switch context.settings.run.output {
        case .table:
            Terminal.show(damages.isEmpty ? "" : table.description)
            Terminal.show("\(count) backups verified, \(damages.count) damages\n")
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.field("backups", count)
                    json.key("damages")
                    json.array { json in
                        for damage in damages {
                            json.object { json in
                                json.field("object", "\(damage.object)")
                                json.field("byte", damage.offset.map { Int($0) })
                                json.field("message", damage.message)
                            }
                        }
                    }
                }.text
            )
        }
    }
}
