// SPDX-License-Identifier: Apache-2.0
// Martlet: an operator's commands before and after a run.

internal import FoundationEssentials
internal import Logging
internal import Platform
internal import Recovery
internal import Synchronization

/// Runs the commands by `/bin/sh -c`, with variables that say what happens, and logs what they say.
///
/// `MARTLET_HOOK_VERB`, `MARTLET_HOOK_SYSTEM`, `MARTLET_HOOK_BACKUP`, and afterwards `MARTLET_HOOK_RESULT` (`succeeded` or
/// `failed`) and `MARTLET_HOOK_ERROR`. The secrets of this program are not handed on.
struct HookRun: Sendable {
    private let context: RunContext
    private let variables: [(name: String, value: String)]

    init(_ context: RunContext, _ verb: BackupVerb, _ system: SystemID, _ backup: BackupID?) {
        self.context = context
        let own = ProcessInfo.processInfo.environment.filter { name, _ in
            ["PATH", "HOME", "LANG", "TZ", "USER", "TMPDIR"].contains(name)
        }
        variables =
            own.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) } + [
                ("MARTLET_HOOK_VERB", verb.rawValue), ("MARTLET_HOOK_SYSTEM", "\(system)"),
                ("MARTLET_HOOK_BACKUP", backup?.description ?? ""),
            ]
    }

    /// The command before: its failure stops the run.
    /// - Throws: `.program`, `.deadline`, `.cancelled`.
    func before() async throws(RecoveryError) {
        guard let command = context.settings.hooks.before else { return }
        do throws(RecoveryError) { try await run(command, []) } catch {
            guard error.code == .program || error.code == .deadline else { throw error }
            throw RecoveryError(
                .program,
                "MARTLET_BACKUP_PRE_COMMAND failed, so nothing was done: \(error)",
                cause: error
            )
        }
    }

    /// The command after: its failure is logged.
    func after(_ error: RecoveryError?) async {
        guard let command = context.settings.hooks.after else { return }
        do throws(RecoveryError) {
            try await run(
                command,
                [
                    ("MARTLET_HOOK_RESULT", error == nil ? "succeeded" : "failed"),
                    ("MARTLET_HOOK_ERROR", error?.description ?? ""),
                ]
            )
        } catch {
            context.logger.error("MARTLET_BACKUP_POST_COMMAND failed", metadata: ["error": "\(error)"])
        }
    }

    private func run(_ command: String, _ more: [(name: String, value: String)]) async throws(RecoveryError) {
        let said = Mutex<[UInt8]>([])
        try await ProgramRun(
            "/bin/sh",
            ["-c", command],
            environment: variables + more,
            deadline: context.settings.hooks.deadline
        ).perform { bytes throws(RecoveryError) in
            said.withLock { if $0.count < 4_096 { $0 += bytes.prefix(4_096) } }
        }
        let text = said.withLock { String(decoding: $0, as: UTF8.self) }
        if !text.isEmpty { context.logger.info("hook", metadata: ["output": "\(text)"]) }
    }
}
