// SPDX-License-Identifier: Apache-2.0
// Martlet: backups for people and for programs.

internal import NIOCore
internal import Platform
internal import Recovery
internal import Web

/// Shows backups.
struct EntryTable {
    private let entries: [CheckedEntry]
    private let unreadable: [(id: BackupID, error: RecoveryError)]
    private let unfinished: [BackupID]

    /// Of some entries, the oldest first.
    init(
        _ entries: [CheckedEntry],
        unreadable: [(id: BackupID, error: RecoveryError)] = [],
        unfinished: [BackupID] = []
    ) {
        self.entries = entries
        self.unreadable = unreadable
        self.unfinished = unfinished
    }

    /// Puts them on standard output.
    func show(as output: RunSettings.Output) {
        switch output {
        case .table: Terminal.show(table)
        case .json: Terminal.show(String(buffer: json.buffer) + "\n")
        }
    }

    private var table: String {
        var table = ResultTable(["BACKUP", "ENDED", "TOOK", "SIZE", "STORED", "SERVER", "FROM", "TO", "KEY", "NOTE"])
        for checked in entries {
            let (entry, facts) = (checked.entry, checked.entry.facts)
            var notes = facts.label.map { [$0] } ?? []
            if case .unverified(let why) = checked.standing { notes.append("not checked: \(why)") }
            table.add([
                "\(entry.id)", entry.ended.formatted(fractionDigits: 0), ProgressLine.time(entry.duration),
                ProgressLine.size(entry.plainSize), ProgressLine.size(entry.storedSize),
                "\(facts.serverVersion / 10_000).\(facts.serverVersion % 10_000)",
                "\(facts.startLSN.map { "\($0)" } ?? "")",
                "\(facts.endLSN.map { "\($0)" } ?? "")", entry.keyID ?? "none", notes.joined(separator: "; "),
            ])
        }
        for (id, error) in unreadable { table.add(["\(id)", "", "", "", "", "", "", "", "", "\(error)"]) }
        for id in unfinished { table.add(["\(id)", "", "", "", "", "", "", "", "", "unfinished"]) }
        return table.description
    }

    /// `{"backups": […], "unreadable": […], "unfinished": […]}`.
    var json: JSONWriter {
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.key("backups")
            json.array { json in
                for checked in entries { Self.write(checked, to: &json) }
            }
            json.key("unreadable")
            json.array { json in
                for (id, error) in unreadable {
                    json.object { json in
                        json.field("id", "\(id)")
                        json.field("error", "\(error)")
                    }
                }
            }
            json.field("unfinished", unfinished.map(\.description))
        }
        return json
    }

    private static func write(_ checked: CheckedEntry, to json: inout JSONWriter) {
        let (entry, facts) = (checked.entry, checked.entry.facts)
        json.object { json in
            json.field("id", "\(entry.id)")
            json.field("system", "\(entry.system)")
            json.field("method", entry.method.rawValue)
            json.field("label", facts.label)
            json.field("began", facts.began)
            json.field("ended", entry.ended)
            json.field("duration", entry.duration)
            json.field("plain_bytes", Int(entry.plainSize))
            json.field("stored_bytes", Int(entry.storedSize))
            json.field("server_version", facts.serverVersion)
            json.field("timeline", facts.timeline.map { Int($0) })
            json.field("start_lsn", facts.startLSN.map { "\($0)" })
            json.field("end_lsn", facts.endLSN.map { "\($0)" })
            json.field("database", facts.database)
            json.field("compression", "\(entry.compression)")
            json.field("encrypted", entry.isEncrypted)
            json.field("key", entry.keyID)
            json.field("index_sha256", "\(entry.index.sum)")
            if case .unverified(let why) = checked.standing {
                json.field("genuine", false)
                json.field("doubt", why)
            } else {
                json.field("genuine", true)
            }
        }
    }
}
