// SPDX-License-Identifier: Apache-2.0
// Martlet: what stands around a run: the lease, hooks, the deadline, and those who are told.

internal import Logging
internal import Platform
internal import Recovery

/// Runs something that changes a store: alone, within its deadline, between hooks, and tells how it went.
///
/// Backups, prunes and drills exclude each other: a prune must not remove what a backup that goes on recognises or a drill
/// reads. Pushing and fetching log, listing, verifying and restoring only add objects of their own or read, so they run
/// beside anything.
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

    /// Runs `body` within the deadline.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        try await RunDeadline(context.settings.run.deadline, of: verb).run(body)
    }
}
