// SPDX-License-Identifier: Apache-2.0
// Martlet: a retention plan for people.
internal import ObjectStore
internal import Platform

extension RetentionPlan {
    /// A line for each backup and each timeline, and the sums; what a dry run shows.
    ///
    /// ```
    /// BACKUP                            STORED   WHAT    WHY
    /// 20261127T020000Z-physical-7f3ac2  1.2 GiB  keep    newest 7, last of its week
    /// 20261101T020000Z-physical-0b11e0  1.1 GiB  remove  no rule keeps it
    /// WAL of timeline 1: 310 files stay, 2,048 go (31.9 GiB)
    /// ```
    public var table: String {
        var lines = TextTable(["BACKUP", "STORED", "WHAT", "WHY"])
        for backup in backups {
            lines.add([
                "\(backup.id)", backup.ended == nil ? "" : backup.bytes.inBytes,
                backup.isKept ? "keep" : "remove", backup.reasons.map(\.description).joined(separator: ", "),
            ])
        }
        var text = lines.description
        for timeline in log {
            let bytes = timeline.removed.reduce(0) { $0 + $1.size }
            text += "WAL of timeline \(timeline.timeline): \(timeline.kept) files stay, \(timeline.removed.count) go"
            text += timeline.removed.isEmpty ? "\n" : " (\(bytes.inBytes))\n"
        }
        if !removedChecks.isEmpty { text += "Check results: \(removedChecks.count) go\n" }
        if !removedExports.isEmpty { text += "Exports: \(keptExports) stay, \(removedExports.count) go\n" }
        return text + (isEmpty ? "Nothing is removed.\n" : "")
    }
}
