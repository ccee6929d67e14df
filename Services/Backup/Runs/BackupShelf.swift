// SPDX-License-Identifier: Apache-2.0
// Martlet: the backups of one system, as runs choose among them.

internal import ObjectStore
internal import Recovery

/// Lists and finds backups.
struct BackupShelf: Sendable {
    /// What a store has of a system.
    struct Content: Sendable {
        /// Finished ones, the oldest first.
        var finished: [CheckedEntry] = []
        /// Finished ones whose entry can't be read, with the reason.
        var unreadable: [(id: BackupID, error: RecoveryError)] = []
        /// Without an entry, the oldest first.
        var unfinished: [BackupID] = []
    }

    private let context: RunContext
    private let system: SystemID

    init(_ context: RunContext, of system: SystemID) {
        self.context = context
        self.system = system
    }

    /// Everything; entries that can't be checked with the keys at hand are still listed.
    func content() async throws(RecoveryError) -> Content {
        var content = Content()
        for (id, isFinished) in try await ids().sorted(by: { $0.key < $1.key }) {
            guard isFinished else {
                content.unfinished.append(id)
                continue
            }
            do throws(RecoveryError) {
                content.finished.append(try await entry(id))
            } catch {
                guard error.code == .damaged || error.code == .wrongKey else { throw error }
                content.unreadable.append((id, error))
            }
        }
        return content
    }

    /// The entry of a backup.
    /// - Throws: `.notFound` and what the store says.
    func entry(_ id: BackupID) async throws(RecoveryError) -> CheckedEntry {
        try await CatalogueEntry.load(id, of: system, in: context.store, keys: context.keys)
    }

    /// A backup by its name or `latest`.
    /// - Throws: `.request` for what is neither, `.notFound`.
    func find(_ name: String) async throws(RecoveryError) -> CatalogueEntry {
        if name == "latest" {
            guard let last = try await ids().filter(\.value).keys.max() else {
                throw RecoveryError(.notFound, "there is no finished backup of system \(system)")
            }
            return try await entry(last).entry
        }
        guard let id = BackupID(name) else {
            throw RecoveryError(.request, "\"\(name)\" is no backup's name, such as 20261128T020000Z-physical-7f3ac2")
        }
        return try await entry(id).entry
    }

    /// All names, and whether each is finished.
    func ids() async throws(RecoveryError) -> [BackupID: Bool] {
        var found: [BackupID: Bool] = [:]
        var after: ObjectKey?
        while true {
            let page: ObjectPage
            do throws(ObjectStoreError) {
                page = try await context.store.list(prefix: BackupPath.prefix(of: system), after: after, limit: 1_000)
            } catch {
                throw RecoveryError(error)
            }
            for object in page.objects {
                let parts = object.key.description.split(separator: "/")
                guard parts.count == 4, let id = BackupID(String(parts[2])) else { continue }
                found[id] = found[id] ?? false || parts[3] == "entry"
            }
            guard page.hasMore, let last = page.objects.last?.key else { return found }
            after = last
        }
    }
}
