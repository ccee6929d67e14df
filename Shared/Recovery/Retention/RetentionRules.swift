// SPDX-License-Identifier: Apache-2.0
// Martlet: what a policy's rules say of the backups of one kind.
internal import Platform

/// Applies the rules to backups of one system, method and database.
struct RetentionRules {
    let policy: RetentionPolicy
    let now: Timestamp

    /// The beginning of the recovery window.
    var windowStart: Timestamp? { policy.window.map { now + (.zero - $0) } }

    /// What keeps each of `backups`, which are ordered from the newest to the oldest.
    func reasons(for backups: [RetainedBackup]) -> [(BackupID, RetentionReason)] {
        guard policy.hasRules else { return backups.map { ($0.id, .noRules) } }
        var found: [(BackupID, RetentionReason)] = []
        if let count = policy.count { found += backups.prefix(count).map { ($0.id, .count(count)) } }
        found += backups.prefix(policy.minimum).map { ($0.id, .minimum(policy.minimum)) }
        if let age = policy.age {
            found += backups.filter { $0.ended > now + (.zero - age) }.map { ($0.id, .age) }
        }
        if let windowStart {
            found += backups.filter { $0.ended > windowStart }.map { ($0.id, .window) }
        }
        for (period, count) in policy.periods.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            found += last(of: period, count: count, in: backups).map { ($0, .period(period)) }
        }
        return found
    }

    /// The newest backup of each of the newest `count` periods that have one.
    private func last(of period: RetentionPeriod, count: Int, in backups: [RetainedBackup]) -> [BackupID] {
        var marks: Set<String> = []
        var found: [BackupID] = []
        for backup in backups where found.count < count && marks.insert(period.mark(of: backup.ended)).inserted {
            found.append(backup.id)
        }
        return found
    }
}
