// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on commands before and after a run.

internal import Platform

/// Commands that run around a backup, by `/bin/sh -c`.
struct HookSettings: Sendable {
    /// `MARTLET_BACKUP_PRE_COMMAND`: before it begins; its failure stops the run.
    let before: String?
    /// `MARTLET_BACKUP_POST_COMMAND`: after its end, however that was; its failure is told, and changes nothing.
    let after: String?
    /// `MARTLET_BACKUP_HOOK_DEADLINE` of each, default 5 min.
    let deadline: Duration

    init(_ reader: SettingsReader) {
        before = reader.string("MARTLET_BACKUP_PRE_COMMAND")
        after = reader.string("MARTLET_BACKUP_POST_COMMAND")
        deadline = reader.duration(
            "MARTLET_BACKUP_HOOK_DEADLINE",
            default: .seconds(300),
            in: .milliseconds(100) ... .seconds(86_400)
        )
    }
}
