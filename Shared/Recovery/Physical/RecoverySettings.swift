// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings with which a restored server recovers.
internal import Platform
internal import Postgres

/// What is written into a restored cluster's `postgresql.auto.conf`.
public struct RecoverySettings: Hashable, Sendable {
    /// What the server does at its target.
    public enum Action: String, Sendable, CaseIterable {
        /// Waits, readable, until `pg_wal_replay_resume()`.
        case pause
        /// Opens for writing on a new timeline.
        case promote
        /// Stops.
        case shutdown
    }

    /// The command that fetches a file of the log, with `%f` and `%p`.
    public var restoreCommand: String
    /// Where recovery ends; default the end of the log.
    public var target: RecoveryTarget = .latest
    /// Whether the target itself is replayed too; default yes.
    public var isInclusive = true
    /// `latest`, `current` or a number; default `latest`.
    public var timeline = "latest"
    /// What happens at the target; default promote.
    public var action: Action = .promote
    /// Further settings, for example `archive_mode` = `off` for a drill.
    public var others: [String: String] = [:]

    /// Takes the command.
    public init(restoreCommand: String) { self.restoreCommand = restoreCommand }

    private static let own: Set<String> = [
        "restore_command", "recovery_target", "recovery_target_time", "recovery_target_lsn", "recovery_target_name",
        "recovery_target_xid", "recovery_target_inclusive", "recovery_target_timeline", "recovery_target_action",
    ]

    private var lines: [(String, String)] {
        var lines = [("restore_command", restoreCommand), ("recovery_target_timeline", timeline)]
        switch target {
        case .latest: break
        case .immediate: lines.append(("recovery_target", "immediate"))
        case .time(let time):
            // The server's parser of this setting knows no `T` and no `Z`.
            let text = time.formatted().replacing("T", with: " ").replacing("Z", with: "+00")
            lines.append(("recovery_target_time", text))
        case .position(let position): lines.append(("recovery_target_lsn", position.description))
        case .name(let name): lines.append(("recovery_target_name", name))
        case .transaction(let id): lines.append(("recovery_target_xid", String(id)))
        }
        if target != .latest {
            lines.append(("recovery_target_action", action.rawValue))
            lines.append(("recovery_target_inclusive", isInclusive ? "on" : "off"))
        }
        return lines + others.sorted { $0.key < $1.key }
    }

    /// The file's new content: what was there, without the recovery settings of an earlier restore, and ours.
    ///
    /// Those are taken out and not overruled: a server refuses two targets even when one of them is empty.
    /// - Throws: `.request` for a name that is none, or a value with a line break or a NUL.
    func applied(to old: String) throws(RecoveryError) -> String {
        var kept: [Substring] = []
        for line in old.split(separator: "\n", omittingEmptySubsequences: true) {
            let name = line.drop(while: \.isWhitespace).prefix { $0 != "=" && !$0.isWhitespace }.lowercased()
            if Self.own.contains(name) || others[name] != nil { continue }
            kept.append(line)
        }
        var text = kept.map { $0 + "\n" }.joined()
        text += "# Written by a restore.\n"
        for (name, value) in lines {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isNamePart) else {
                throw RecoveryError(.request, "\(name.debugDescription) is no setting's name")
            }
            guard !value.utf8.contains(where: { $0 < 32 }) else {
                throw RecoveryError(.request, "the value of \(name) has a line break or another control character")
            }
            text += "\(name) = '\(Self.escaped(value))'\n"
        }
        return text
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".")
    }

    /// In PostgreSQL's settings quotes and backslashes are doubled.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            if character == "'" || character == "\\" { text.unicodeScalars.append(character) }
            text.unicodeScalars.append(character)
        }
        return text
    }
}
