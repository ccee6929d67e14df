// SPDX-License-Identifier: Apache-2.0
// Martlet: a listing for a terminal.
internal import ObjectStore
public import Platform

extension CatalogueListing {
    /// A table of the backups, the oldest first, and what else is worth a line.
    ///
    /// ```
    /// System 7312645517896472345
    /// BACKUP                            STATE     ENDED                 TOOK    STORED   OF       CHECKED
    /// 20261128T020000Z-physical-7f3ac2  complete  2026-11-28T02:04:11Z  4m 11s  1.2 GiB  5.4 GiB  drill passed 2026-11-28T03:10:00Z
    /// ```
    public func table(now: Timestamp) -> String {
        var lines = TextTable(["BACKUP", "STATE", "ENDED", "TOOK", "STORED", "OF", "CHECKED", "NOTES"])
        for backup in backups { lines.add(Self.row(backup)) }
        for backup in unfinished {
            let state = backup.began == nil ? "removed in part" : "unfinished"
            let age = backup.began.map { "begun \(Self.span(now - $0)) ago" } ?? ""
            lines.add(["\(backup.id)", state, "", "", "", "", "", age])
        }
        var text = "System \(system)\n"
        text += backups.isEmpty && unfinished.isEmpty ? "No backups.\n" : lines.description
        if !strangers.isEmpty {
            var names = TextTable(["Not ours:"])
            for key in strangers { names.add(["  \(key)"]) }
            text += names.description
        }
        return text
    }

    private static func row(_ backup: Backup) -> [String] {
        var notes: [String] = []
        if backup.isPinned { notes.append("pinned") }
        if case .unverified(let reason) = backup.entry?.standing { notes.append("not checked for forgery: \(reason)") }
        if let problem = backup.problem { notes.append(problem) }
        if let database = backup.entry?.entry.facts.database { notes.append("database \(database)") }
        if let label = backup.entry?.entry.facts.label { notes.append(label) }
        let checked = backup.checks.first.map { check in
            "\(check.result.kind.rawValue) \(check.result.outcome.rawValue) \(check.result.ended.formatted(fractionDigits: 0))"
        }
        guard let entry = backup.entry?.entry else {
            return ["\(backup.id)", "unreadable", "", "", "", "", checked ?? "", notes.joined(separator: ", ")]
        }
        return [
            "\(backup.id)", backup.health == .damaged ? "damaged" : "complete",
            entry.ended.formatted(fractionDigits: 0), span(entry.duration), entry.storedSize.inBytes,
            entry.plainSize.inBytes, checked ?? "never", notes.joined(separator: ", "),
        ]
    }

    /// `3d 4h`, `4m 11s`, `7s`, `<1s`: the two largest units.
    static func span(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
        ]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "<1s" }
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }
}
