// SPDX-License-Identifier: Apache-2.0
// Martlet: backups as JSON.

internal import Jobs
internal import Platform
internal import Web

extension BackupPage.Item {
    /// Writes the backup; `details` is what the backup program recorded, as it came.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", backup.id)
            json.field("system", backup.system)
            json.field("method", backup.method)
            json.field("state", state.rawValue)
            json.field("database", backup.database)
            if backup.isPinned { json.field("pinned", true) }
            json.field("began_at", backup.began)
            json.field("ended_at", backup.ended)
            json.field("duration", backup.ended.map { $0 - backup.began })
            json.field("plain_bytes", backup.plainBytes.map { Int($0) })
            json.field("stored_bytes", backup.storedBytes.map { Int($0) })
            json.field("checked_at", checked)
            json.field("details", raw: Array(backup.details.utf8))
        }
    }
}

extension BackupSummary {
    /// Writes the newest of everything.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("system", system)
            json.key("last_backup")
            json.object { json in
                for (method, time) in lastBackups.sorted(by: { $0.key < $1.key }) {
                    json.key(named: method)
                    json.time(time)
                }
            }
            lastVerification?.write("last_verification", to: &json)
            lastDrill?.write("last_drill", to: &json)
            json.field("rpo", lastMeasured?.recoveryPoint)
            json.field("rto", lastMeasured?.recoveryTime)
            json.field("measured_at", lastMeasured?.ended)
            receiver?.write("receiver", to: &json)
        }
    }
}

extension BackupCheckRecord {
    fileprivate func write(_ name: StaticString, to json: inout JSONWriter) {
        json.key(name)
        json.object { json in
            json.field("backup", backup)
            json.field("outcome", outcome)
            json.field("began_at", began)
            json.field("ended_at", ended)
            json.field("rpo", recoveryPoint)
            json.field("rto", recoveryTime)
            json.field("rpo_objective", pointObjective)
            json.field("rto_objective", timeObjective)
            json.field("finding", finding)
        }
    }
}

extension LogReceiverRecord {
    fileprivate func write(_ name: StaticString, to json: inout JSONWriter) {
        json.key(name)
        json.object { json in
            json.field("host", host)
            json.field("timeline", Int(timeline))
            json.field("position", position)
            json.field("lag_bytes", Int(lagBytes))
            json.field("lag", lag)
            json.field("gaps", gaps)
            json.field("seen_at", seen)
        }
    }
}
