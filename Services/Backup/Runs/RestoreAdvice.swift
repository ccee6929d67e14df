// SPDX-License-Identifier: Apache-2.0
// Martlet: what is left to do when a cluster's files are restored. Pure: settings in, text out.

internal import Recovery

/// How the restored server is started, and when it may be used.
struct RestoreAdvice {
    let folder: String
    var target = RecoveryTarget.latest
    var action = RecoverySettings.Action.promote
    /// Whether the files belong to root.
    var isRoot = false
    /// The folders of tablespaces.
    var tablespaces: [String] = []

    /// Some lines, each with its end.
    var text: String {
        var text = "Start the server: it replays the log to \(goal), and then \(afterwards).\n"
        if isRoot {
            let folders = ([folder] + tablespaces.sorted()).joined(separator: " ")
            text += "  chown -R postgres: \(folders)   # PostgreSQL doesn't start on files of root\n"
        }
        text += "  pg_ctl -D \(folder) -w -t 14400 start\n"
        if target == .latest || action == .promote {
            text += """
                It answers before it has replayed all of it. Wait for the end of that before you read or write:
                  until [ "$(psql -d postgres -Atc "SELECT pg_is_in_recovery()")" = f ] || ! pg_ctl -D \(folder) status > /dev/null; do sleep 1; done

                """
        }
        if target != .latest, target != .immediate {
            text +=
                "If it says that recovery ended before its target, the store has no log of that: restore without a target.\n"
        }
        return text
    }

    private var goal: String { target == .latest ? "its end" : "the moment asked for" }

    /// Without a target the end of the log is where a server opens, whatever the action.
    private var afterwards: String {
        guard target != .latest else { return "opens for writing on a new timeline" }
        return switch action {
        case .promote: "opens for writing on a new timeline"
        case .pause: "waits, readable, for pg_wal_replay_resume()"
        case .shutdown: "stops"
        }
    }
}
