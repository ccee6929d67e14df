// SPDX-License-Identifier: Apache-2.0
// Martlet: what a look at all copies of a backup found.

internal import Recovery

/// The damages of each copy, and what they mean for the backup.
struct CopyScan: Sendable {
    /// Of all copies; each says whose it is when there are several.
    private(set) var damages: [DamageReport] = []
    /// Why copies could not be looked at.
    private(set) var skipped: [RecoveryError] = []
    /// Copies without any damage.
    private var sound = 0

    /// Adds a copy.
    mutating func add(_ found: [DamageReport], in store: String?) {
        if found.isEmpty { sound += 1 }
        damages += found.map { report in
            var report = report
            report.store = store
            return report
        }
    }

    /// Adds a copy that could not be looked at.
    mutating func skip(_ error: RecoveryError) { skipped.append(error) }

    /// The backup itself is damaged when no copy is whole; with a whole one only the check has failed, and the backup can
    /// be relied on.
    var outcome: CheckOutcome {
        if damages.isEmpty { return .passed }
        return sound > 0 ? .failed : .damaged
    }
}
