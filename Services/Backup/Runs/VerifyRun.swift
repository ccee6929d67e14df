// SPDX-License-Identifier: Apache-2.0
// Martlet: reads what is stored and checks all of it.

internal import Logging
internal import ObjectStore
internal import Platform
internal import Recovery
internal import Synchronization
internal import Web

/// Verifies backups.
struct VerifyRun: Sendable {
    private let context: RunContext
    /// Whether the result goes to standard output; within `serve` there are logs.
    private let isShown: Bool

    init(_ context: RunContext, isShown: Bool = true) {
        self.context = context
        self.isShown = isShown
    }

    /// Verifies what the settings name, and shows what was found.
    /// - Throws: `.damaged` with the number of damages after all were shown.
    func runAndShow() async throws(RecoveryError) {
        let system = try await SystemSearch(context).systemOfStore()
        let context = context
        let began = ContinuousClock.now
        let outcome: Result<Void, RecoveryError>
        do throws(RecoveryError) {
            try await RunDeadline(context.settings.run.deadline, of: .verify).run { () throws(RecoveryError) in
                try await verify(system)
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        let error: RecoveryError? = if case .failure(let error) = outcome { error } else { nil }
        await Task { await RunReport(context, .verify, system).tell(error, took: .now - began) }.value
        try outcome.get()
    }

    private func verify(_ system: SystemID) async throws(RecoveryError) {
        let shelf = BackupShelf(context, of: system)
        var entries: [CatalogueEntry] = []
        var damages: [DamageReport] = []
        switch context.settings.run.backup ?? "latest" {
        case let name where name == "all" || name == "latest":
            let all = try await shelf.listing().backups
            let backups = name == "all" ? all : Self.newest(of: all)
            guard name == "all" || !backups.isEmpty else {
                throw RecoveryError(.notFound, "there is no finished backup of system \(system)")
            }
            for backup in backups {
                if let entry = backup.entry?.entry { entries.append(entry) }
                guard let problem = backup.problem else { continue }
                let key = BackupPath(backup.id, of: system).entry
                damages.append(DamageReport(object: key, offset: nil, message: problem))
            }
        case let name: entries = [try await shelf.find(name)]
        }
        let narration = Narration(context)
        let copies = Int64(context.store.copies.count)
        narration.progress.expect(entries.reduce(0) { $0 + $1.storedSize * copies })
        var unopened: RecoveryError?
        for entry in entries {
            let began = Timestamp.now()
            let look: CopyScan
            do throws(RecoveryError) {
                look = try await narration.tell { () throws(RecoveryError) in
                    try await context.reading(entry, for: .verify) { () throws(RecoveryError) in
                        try await scan(entry, narration)
                    }
                }
            } catch {
                // The others can be looked at without this one's key.
                guard error.code == .wrongKey, entries.count > 1 else { throw error }
                Terminal.say("\(entry.id) is not verified: \(error.message)\n")
                unopened = unopened ?? error
                continue
            }
            damages += look.damages
            await record(entry, look, began: began)
        }
        show(entries.count, damages)
        guard damages.isEmpty else {
            let advice =
                context.store.copies.count > 1 ? ": `martlet-backup repair --deep` replaces damaged copies" : ""
            throw RecoveryError(.damaged, "\(damages.count) damages were found\(advice)", object: damages.first?.object)
        }
        if let unopened { throw unopened }
    }

    /// Of each method the newest backup that can be read, and those after it, which can't: whoever relies on the newest
    /// is to know.
    static func newest(of backups: [CatalogueListing.Backup]) -> [CatalogueListing.Backup] {
        let newest = BackupMethod.allCases.flatMap { method in
            let own = backups.filter { $0.id.method == method }
            return own.suffix(from: own.lastIndex { $0.entry != nil } ?? own.startIndex)
        }
        return newest.sorted { $0.id < $1.id }
    }

    /// Leaves the result beside the backup; a store that can only be read is no failure.
    private func record(_ entry: CatalogueEntry, _ look: CopyScan, began: Timestamp) async {
        var result = CheckResult(
            .verify,
            of: entry.id,
            system: entry.system,
            began: began,
            ended: .now(),
            outcome: look.outcome,
            findings: look.damages.map(\.description)
        )
        result.bytes = entry.storedSize
        result.host = HostIdentity.name
        do throws(RecoveryError) { try await result.save(in: context.store, keys: context.keys) } catch {
            context.logger.warning("the result can't be stored", metadata: ["error": "\(error)"])
        }
    }

    /// All damages of all copies of a backup.
    /// - Throws: `.store` when fewer copies than are required can be looked at.
    func scan(_ entry: CatalogueEntry, _ narration: Narration) async throws(RecoveryError) -> CopyScan {
        var look = CopyScan()
        var unopened: [(place: String, error: RecoveryError)] = []
        let copies = context.store.copies
        for copy in copies {
            do throws(RecoveryError) {
                look.add(try await scan(entry, in: copy), in: copies.count > 1 ? copy.place : nil)
            } catch {
                guard copies.count > 1, error.code == .store || error.code == .wrongKey else { throw error }
                if error.code == .wrongKey {
                    unopened.append((copy.place, error))
                    continue
                }
                look.skip(error)
                context.logger.warning(
                    "a store is away, and its copy is not verified",
                    metadata: ["store": "\(copy.place)", "backup": "\(entry.id)", "error": "\(error)"]
                )
            }
            narration.progress.read(Int(entry.storedSize))
        }
        if let first = unopened.first, unopened.count + look.skipped.count == copies.count { throw first.error }
        // Another copy opens, so it is not the key that is wrong.
        for (place, error) in unopened {
            let object = error.object ?? BackupPath(entry.id, of: entry.system).head
            look.add([DamageReport(object: object, offset: nil, message: error.message)], in: place)
        }
        let required = (context.store as? MirroredStore)?.required ?? 1
        if let error = look.skipped.first, copies.count - look.skipped.count < required { throw error }
        return look
    }

    private func scan(_ entry: CatalogueEntry, in copy: any ObjectStore) async throws(RecoveryError) -> [DamageReport] {
        let found = Mutex<[DamageReport]>([])
        do throws(RecoveryError) {
            let reader = try await BackupReader.open(entry, in: copy, keys: context.keys, pace: context.pace)
            try await reader.scan { report in found.withLock { $0.append(report) } }
        } catch {
            guard let object = error.object, error.code == .damaged || error.code == .notFound else { throw error }
            found.withLock { $0.append(DamageReport(object: object, offset: nil, message: error.message)) }
        }
        return found.withLock { $0 }
    }

    private func show(_ count: Int, _ damages: [DamageReport]) {
        let isMirror = context.store.copies.count > 1
        var table = ResultTable(["OBJECT", "BYTE", "DAMAGE"] + (isMirror ? ["STORE"] : []))
        for damage in damages {
            let row = ["\(damage.object)", damage.offset.map { "\($0)" } ?? "", damage.message]
            table.add(row + (isMirror ? [damage.store ?? ""] : []))
        }
        guard isShown else { return }
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
                                json.field("store", damage.store)
                            }
                        }
                    }
                }.text
            )
        }
    }
}
