// SPDX-License-Identifier: Apache-2.0
// Martlet: what stands around a run: the lease, hooks, the deadline, and those who are told.

internal import Glibc
internal import Logging
internal import Platform
internal import Recovery

/// Runs something that changes a store: alone, within its deadline, between hooks, and tells how it went.
///
/// Backups and prunes exclude each other: a prune must not remove what a backup that goes on recognises. Drills exclude
/// each other by a lease of their own, so that no backup waits for one. Pushing and fetching log, listing, verifying and
/// restoring only add objects of their own or read, so they run beside anything. Who reads a backup marks it, and no
/// prune removes it meanwhile.
struct RunFrame: Sendable {
    private let context: RunContext
    private let verb: BackupVerb
    private let system: SystemID
    private let backup: BackupID?

    init(_ context: RunContext, _ verb: BackupVerb, _ system: SystemID, backup: BackupID? = nil) {
        self.context = context
        self.verb = verb
        self.system = system
        self.backup = backup
    }

    /// Runs `body` with the lease.
    /// - Throws: `.locked`, `.deadline`, `.program` for the hook before, and what `body` throws.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (RunLease) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let (began, context, verb, system, backup) = (ContinuousClock.now, context, verb, system, backup)
        let holder = LeaseHolder(host: HostIdentity.name, pid: getpid(), verb: verb.rawValue, backup: backup)
        let hooks = HookRun(context, verb, system, backup)
        let outcome: Result<Value, RecoveryError>
        do throws(RecoveryError) {
            let value = try await RunDeadline(context.settings.run.deadline, of: verb).run { () throws(RecoveryError) in
                let kind: LeaseKind = verb == .drill ? .drill : .change
                return try await RunLease.hold(system, in: context.store, as: holder, kind: kind) {
                    lease throws(RecoveryError) in
                    try await hooks.before()
                    return try await body(lease)
                }
            }
            outcome = .success(value)
        } catch {
            outcome = .failure(error)
        }
        let error: RecoveryError? = if case .failure(let error) = outcome { error } else { nil }
        // Not in this task: it may be cancelled, and people are to be told all the same.
        await Task {
            if error?.code != .locked { await hooks.after(error) }
            await RunReport(context, verb, system).tell(error, took: .now - began)
        }.value
        return try outcome.get()
    }
}
