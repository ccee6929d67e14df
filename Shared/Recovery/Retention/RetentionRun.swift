// SPDX-License-Identifier: Apache-2.0
// Martlet: carries a retention plan out.
public import ObjectStore

/// Removes what a plan removes, in an order in which it may be killed at any instant.
///
/// Of a backup its entry goes first, so that it is not listed any more, and then its head, without which nobody can
/// take it up again or read it; then its volumes and the rest. WAL goes last of all, when no backup is listed that
/// needed it. What a killed run leaves, the next plan removes.
///
/// Who pinned a backup or began to read it after the plan was made is respected (``ReaderMark``).
public struct RetentionRun: Sendable {
    /// What was done.
    public struct Report: Hashable, Sendable {
        /// Backups that are not listed any more.
        public var backups: [BackupID] = []
        /// Objects that were removed.
        public var objects = 0
        /// Backups that stay although the plan removes them.
        public var refusals: [Refusal] = []
    }

    /// A backup that stays although the plan removes it.
    public struct Refusal: Hashable, Sendable {
        /// The backup.
        public let backup: BackupID
        /// Why: somebody pinned it meanwhile, or the store refuses.
        public let reason: String
    }

    private let plan: RetentionPlan
    private let store: SystemStore
    private let mayGoOn: @Sendable () async throws(RecoveryError) -> Void

    /// Describes a run.
    /// - Parameter mayGoOn: Asked before each step; throws when the lease is lost, the time is over or the caller leaves.
    public init(
        _ plan: RetentionPlan,
        in store: any ObjectStore,
        mayGoOn: @escaping @Sendable () async throws(RecoveryError) -> Void
    ) {
        self.plan = plan
        self.store = SystemStore(plan.system, in: store)
        self.mayGoOn = mayGoOn
    }

    /// Removes; the whole may be done again after a failure.
    public func execute() async throws(RecoveryError) -> Report {
        var report = Report()
        var isLogSafe = true
        for id in plan.removedBackups {
            try await mayGoOn()
            guard let reason = try await unlist(id) else {
                report.backups.append(id)
                report.objects += 2
                for prefix in ["volume-", ""] {
                    report.objects += try await clear(store.layout.path(of: id).prefix + prefix)
                }
                continue
            }
            report.refusals.append(Refusal(backup: id, reason: reason))
            // It is still listed, and may need WAL that the plan removes.
            if id.method == .physical { isLogSafe = false }
        }
        report.objects += try await remove(plan.removedChecks + plan.removedExports)
        guard isLogSafe, try await !hasNewReader() else { return report }
        for timeline in plan.log { report.objects += try await remove(timeline.removed.map(\.key)) }
        return report
    }

    /// Takes a backup from the list; says why not when it stays.
    private func unlist(_ id: BackupID) async throws(RecoveryError) -> String? {
        if let reason = try await use(of: id) { return reason }
        let path = store.layout.path(of: id)
        let entry = try await store.get(path.entry, limit: CatalogueEntry.longest)
        if let refusal = try await drop(path.entry) { return refusal }
        // Who pinned it or began to read it since then may have seen the entry, and relies on it.
        if let entry, let reason = try await use(of: id) {
            _ = try await store.create(entry, at: path.entry)
            return reason
        }
        return try await drop(path.head)
    }

    /// Removes one object; says why not when the store refuses. Within one call a store removes in any order.
    private func drop(_ key: ObjectKey) async throws(RecoveryError) -> String? {
        do throws(RecoveryError) { try await store.remove([key]) } catch {
            guard (error.cause as? ObjectStoreError)?.code == .denied else { throw error }
            return error.message
        }
        return nil
    }

    /// What somebody does with a backup that keeps it from being removed.
    private func use(of id: BackupID) async throws(RecoveryError) -> String? {
        if try await store.info(store.layout.pin(of: id)) != nil { return "pinned meanwhile" }
        return try await store.living(store.readers(of: id)).isEmpty ? nil : "somebody reads it"
    }

    /// Whether somebody began to read a physical backup that the plan lets go of, or of whose log it keeps only a part.
    private func hasNewReader() async throws(RecoveryError) -> Bool {
        let known = plan.backups.filter { $0.reasons.contains(.inUse) }.map(\.id)
        return try await store.living(store.readers()).contains { mark in
            mark.backup.method == .physical && !known.contains(mark.backup)
        }
    }

    private func clear(_ prefix: String) async throws(RecoveryError) -> Int {
        var count = 0
        try await store.each(prefix) { objects throws(RecoveryError) in
            count += try await remove(objects.map(\.key))
        }
        return count
    }

    private func remove(_ keys: [ObjectKey]) async throws(RecoveryError) -> Int {
        var rest = keys.sorted()[...]
        while !rest.isEmpty {
            try await mayGoOn()
            try await store.remove(Array(rest.prefix(1000)))
            rest = rest.dropFirst(1000)
        }
        return keys.count
    }
}
