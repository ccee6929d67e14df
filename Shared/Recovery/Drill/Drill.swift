// SPDX-License-Identifier: Apache-2.0
// Martlet: a drill: a backup is restored, looked at from all sides, and thrown away; how long that took is the figure.
public import ObjectStore
internal import Platform
public import Postgres
internal import Synchronization

/// Restores a backup into a scratch server and says whether it was good, and what a real recovery would cost.
///
/// ```swift
/// let drill = Drill(of: system, in: store, keys: keys, settings: DrillSettings(programs: "/usr/lib/postgresql/15/bin"))
/// let report = try await drill.run(try await drill.newest(.physical))
/// print(report.summary)
/// ```
/// A physical backup gets all the log that the store has. Nothing of the primary is touched: the server has a folder,
/// a socket and a configuration of its own, gets the log from this process and not from the store, and (where we may)
/// a network of its own with nobody in it.
public struct Drill: Sendable {
    /// The cluster.
    public let system: SystemID
    let store: any ObjectStore
    let keys: KeyRing
    let settings: DrillSettings
    /// How to ask the primary how far it is; nil: it isn't asked, and the exposure is not known.
    public var primary: PostgresConfiguration?
    /// How fast the store is read.
    public var pace = BytePace()
    /// Counts the bytes of a physical backup that are restored.
    public var progress: BackupProgress?
    /// Called when a phase begins.
    public var onPhase: @Sendable (DrillPhase) -> Void = { _ in }
    /// Called when the server has recovered, before anything is looked at; for tests.
    var afterRecovery: (@Sendable (ScratchServer) async throws(RecoveryError) -> Void)?
    /// Called when the cluster is laid out, before the server starts; for tests.
    var afterRestore: (@Sendable (ScratchFolder) async throws(RecoveryError) -> Void)?
    /// Bytes that are free in a folder; another answer in tests.
    var freeBytes: @Sendable (String) throws(RecoveryError) -> Int64 = ScratchFolder.freeBytes

    /// Takes all over; reaches nothing yet.
    public init(of system: SystemID, in store: any ObjectStore, keys: KeyRing, settings: DrillSettings) {
        self.system = system
        self.store = store
        self.keys = keys
        self.settings = settings
    }

    /// Runs a drill.
    /// - Returns: what was found. A backup that can't be restored is a finding, not an error.
    /// - Throws: what kept the drill from being one: `.disk` for too little room, `.request`, `.cancelled`, `.internal`.
    ///   In any case no process and no folder is left, unless the settings keep the folder of a drill that came to an end.
    public func run(_ entry: CatalogueEntry) async throws(RecoveryError) -> DrillReport {
        let run = DrillRun(self, entry)
        let (parent, user) = (settings.folder, settings.user)
        let command = try await run.timed(.prepare) { () throws(RecoveryError) in
            let swept = try await offPool { () throws(RecoveryError) in try ScratchFolder.sweep(parent) }
            if !swept.isEmpty {
                run.note("folders of drills that were killed were removed: \(swept.joined(separator: ", "))")
            }
            try checkRoom(entry)
            return try await ScratchCommand.prepare(programs: settings.programs, user: user)
        }
        let folder = try await offPool { () throws(RecoveryError) in
            try ScratchFolder(in: parent, user: command.user)
        }
        let result: Result<Void, RecoveryError>
        do throws(RecoveryError) {
            switch entry.method {
            case .physical: try await run.performPhysical(in: folder, command)
            case .logical: try await run.performLogical(in: folder, command)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        do throws(RecoveryError) {
            if case .failure(let error) = result { try run.accept(error) }
        } catch {
            _ = await Self.leave(folder, isKept: false)
            throw error
        }
        if let trouble = await Self.leave(folder, isKept: settings.keepsFolder) { throw trouble }
        if settings.keepsFolder { run.change { $0.folder = folder.path } }
        return run.report
    }

    /// Not in the caller's task: it may be cancelled, and the folder is to go all the same.
    private static func leave(_ folder: ScratchFolder, isKept: Bool) async -> RecoveryError? {
        await Task { () async -> RecoveryError? in
            do throws(RecoveryError) {
                try await offPool { () throws(RecoveryError) in
                    if isKept { try folder.keep() } else { try folder.remove() }
                }
                return nil
            } catch {
                return error
            }
        }.value
    }

    private func checkRoom(_ entry: CatalogueEntry) throws(RecoveryError) {
        let needed = entry.plainSize + settings.spareBytes
        let free = try freeBytes(settings.folder)
        guard free >= needed else {
            throw RecoveryError(
                .disk,
                "the drill needs \(needed >> 20) MiB in \(settings.folder) and only \(free >> 20) MiB are free"
            )
        }
    }
}
