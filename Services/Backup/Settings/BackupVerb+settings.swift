// SPDX-License-Identifier: Apache-2.0
// Martlet: which mistakes in settings stop a verb.

internal import Platform

extension BackupVerb {
    /// What storing and fetching the log goes by.
    private static let forLog: Set<String> = [
        "LOG_FORMAT", "LOG_LEVEL", "MARTLET_BACKUP_CHUNK_SIZE", "MARTLET_BACKUP_COMPRESSION",
        "MARTLET_BACKUP_ENCRYPTION", "MARTLET_BACKUP_KEYS", "MARTLET_BACKUP_KMS_ENDPOINT", "MARTLET_BACKUP_KMS_KEY",
        "MARTLET_BACKUP_KMS_REGION", "MARTLET_BACKUP_REQUIRED_STORES", "MARTLET_BACKUP_STORES",
        "MARTLET_BACKUP_SYSTEM", "MARTLET_BACKUP_THREADS", "MARTLET_CONFIG", "MARTLET_RESTORE_END_AT_GAP",
    ]

    /// Whether a mistake is told and no reason to stop.
    ///
    /// People see at once that a verb has stopped, and mend it. PostgreSQL runs two of them for each file of its log: a
    /// mistake that is not about that, such as in a schedule, must not end the archiving or a recovery. And who makes a
    /// key by `keys generate ID > FILE` may have named that file, which is empty by then, as the one with the keys.
    func tolerates(_ problem: SettingProblem, _ operands: [String]) -> Bool {
        guard !problem.key.hasPrefix("--") else { return false }
        if self == .keys { return ["generate", "signing"].contains(operands.first) }
        guard self == .walPush || self == .walFetch else { return false }
        let name = problem.key.hasSuffix("_FILE") ? String(problem.key.dropLast(5)) : problem.key
        return !Self.forLog.contains(name)
    }
}
