// SPDX-License-Identifier: Apache-2.0
// Martlet: the state of backups as JSON.

internal import Health
internal import Platform
internal import Web

extension BackupStanding {
    /// Writes it; `full` is for operators.
    func write(to json: inout JSONWriter, full: Bool = false) {
        json.object { json in
            if full { json.field("system", system) }
            json.field("state", state.rawValue)
            write("last_backup", backup, to: &json)
            write("last_drill", drill, to: &json)
            write("rpo", recoveryPoint, to: &json)
            write("rto", recoveryTime, to: &json)
            json.field("measured_at", measuredAt)
            if full { json.field("finding", finding) }
        }
    }

    private func write(_ name: StaticString, _ event: Event, to json: inout JSONWriter) {
        json.key(name)
        json.object { json in
            json.field("at", event.at)
            json.field("state", event.state.rawValue)
        }
    }

    private func write(_ name: StaticString, _ figure: Figure?, to json: inout JSONWriter) {
        guard let figure else { return }
        json.key(name)
        json.object { json in
            json.field("measured", figure.measured)
            json.field("objective", figure.objective)
            json.field("state", figure.state.rawValue)
        }
    }
}
