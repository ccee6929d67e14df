// SPDX-License-Identifier: Apache-2.0
// Martlet: finds out what a store holds, with nothing but the store and, if there is one, a key.
public import ObjectStore

/// The catalogue of a store: its systems, their backups, checks and WAL.
///
/// ```swift
/// let catalogue = Catalogue(store, keys: keys)
/// for system in try await catalogue.systems() {
///     print(try await catalogue.listing(of: system).table(now: .now()))
/// }
/// ```
/// It asks for a few names and small objects for each backup, never for the volumes: a list of a thousand backups of
/// a terabyte costs as much as one of a thousand small ones. What is not ours, damaged or forged is named, and is no
/// failure; a store that can't be reached is.
public struct Catalogue: Sendable {
    let store: any ObjectStore
    let keys: KeyRing?

    /// Looks at a store; without keys what is found can't be checked for forgery.
    public init(_ store: any ObjectStore, keys: KeyRing?) {
        self.store = store
        self.keys = keys
    }

    /// The systems that have something in the store, by number.
    public func systems() async throws(RecoveryError) -> [SystemID] {
        var systems: [SystemID] = []
        try await eachFolder(prefix: "", in: SystemStore(SystemID(0), in: store)) { name, _ in
            if let system = SystemID(String(name)) { systems.append(system) }
        }
        return systems.sorted()
    }

    /// What the store holds of a system, without its WAL.
    ///
    /// Whether a reader's mark still counts is decided by the store's clock; where that can't be asked, since the store
    /// can only be read, all marks count.
    public func listing(of system: SystemID) async throws(RecoveryError) -> CatalogueListing {
        let place = SystemStore(system, in: store)
        var strangers: [ObjectKey] = []
        func note(_ key: ObjectKey) {
            if strangers.count < 100 { strangers.append(key) }
        }
        try await eachFolder(prefix: place.layout.prefix, in: place) { name, key in
            let isOurs = ["backups", "checks", "exports", "keys", "readers", "wal"].contains(name)
            if !isOurs, LeaseKind(rawValue: String(name)) == nil { note(key) }
        }
        var ids: [BackupID] = []
        try await eachFolder(prefix: place.layout.backups, in: place) { name, key in
            guard let id = BackupID(String(name)) else { return note(key) }
            ids.append(id)
        }
        var checks: [RetentionContents.Check] = []
        try await place.each(place.layout.checks) { objects throws(RecoveryError) in
            for info in objects {
                guard case .check(let id, let kind) = StorePlace(info.key, in: place.layout) else {
                    note(info.key)
                    continue
                }
                checks.append(RetentionContents.Check(backup: id, kind: kind, info: info))
            }
        }
        let byBackup = Dictionary(grouping: checks, by: \.backup)
        let marks = try await place.readers()
        let read = Set(((try? await place.living(marks)) ?? marks).map(\.backup))
        let folders = try await SeveralAtOnce().ask(ids.sorted()) { id throws(RecoveryError) in
            try await folder(id, byBackup[id] ?? [], isRead: read.contains(id), in: place)
        }
        return CatalogueListing(
            system: system,
            backups: folders.compactMap(\.backup),
            unfinished: folders.compactMap(\.unfinished),
            lastChecks: try await newest(of: checks),
            checks: checks,
            strangers: strangers
        )
    }

    /// One or the other.
    private struct Folder: Sendable {
        var backup: CatalogueListing.Backup?
        var unfinished: UnfinishedBackup?
    }

    private func folder(
        _ id: BackupID,
        _ checks: [RetentionContents.Check],
        isRead: Bool,
        in place: SystemStore
    ) async throws(RecoveryError) -> Folder {
        let path = place.layout.path(of: id)
        guard let info = try await place.info(path.entry) else {
            return Folder(unfinished: UnfinishedBackup(id, began: try await place.info(path.head)?.modified))
        }
        var entry: CheckedEntry?
        var problem: String?
        do throws(RecoveryError) {
            entry = try await CatalogueEntry.load(id, of: place.layout.system, in: store, keys: keys)
        } catch {
            guard Self.isAboutContent(error) else { throw error }
            problem = error.description
        }
        let backup = CatalogueListing.Backup(
            id: id,
            entry: entry,
            problem: problem,
            listed: info.modified,
            isPinned: try await place.info(place.layout.pin(of: id)) != nil,
            isRead: isRead,
            checks: try await newest(of: checks)
        )
        return Folder(backup: backup)
    }

    /// The newest results of each kind down to one that says something of the backup, at most ten, the newest first.
    ///
    /// Those that can't be read count for nothing.
    private func newest(of checks: [RetentionContents.Check]) async throws(RecoveryError) -> [CheckedResult] {
        var found: [CheckedResult] = []
        for kind in CheckKind.allCases {
            let newest = checks.filter { $0.kind == kind }.sorted { $1.info.key.name < $0.info.key.name }
            for check in newest.prefix(10) {
                do throws(RecoveryError) {
                    let result = try await CheckResult.load(check.info.key, in: store, keys: keys)
                    found.append(result)
                    guard result.result.outcome == .failed else { break }
                } catch {
                    guard Self.isAboutContent(error) else { throw error }
                }
            }
        }
        return found.sorted { $1.result.began < $0.result.began }
    }

    /// Whether an error says something of an object, and not of the store.
    static func isAboutContent(_ error: RecoveryError) -> Bool {
        [.damaged, .wrongKey, .notFound].contains(error.code)
    }

    /// Lends the parts of names that follow a prefix, each once, with the first object of each.
    ///
    /// Stores list by name and have no folders: it asks for one name and then for the next one behind all that begin
    /// like it.
    private func eachFolder(
        prefix: String,
        in place: SystemStore,
        _ body: (Substring, ObjectKey) -> Void
    ) async throws(RecoveryError) {
        var after: ObjectKey?
        while let key = try await place.page(prefix, after: after, limit: 1).objects.first?.key {
            let rest = key.description.dropFirst(prefix.utf8.count)
            let name = rest.prefix { $0 != "/" }
            body(name, key)
            // "z" is the last character that a name may have. An object that is in no folder is passed by itself.
            let beyond = name.utf8.count == rest.utf8.count ? key : ObjectKey("\(prefix)\(name)/\(Self.last)") ?? key
            after = max(key, beyond)
        }
    }

    private static let last = String(repeating: "z", count: 200)
}
