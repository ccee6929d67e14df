// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on how the log is received.

internal import Platform
internal import Recovery

/// The streaming receiver.
struct ReceiverSettings: Sendable {
    /// `MARTLET_BACKUP_RECEIVE`: whether `serve` receives; default false.
    let isOn: Bool
    /// `MARTLET_BACKUP_SLOT` (`martlet_backup`), `MARTLET_BACKUP_LOG_INTERVAL` (1 s), `MARTLET_BACKUP_SYNCHRONOUS`;
    /// nil only if one is wrong.
    let receiver: WALReceiverSettings?

    init(_ reader: SettingsReader) {
        isOn = reader.bool("MARTLET_BACKUP_RECEIVE", default: false)
        let slot = reader.string("MARTLET_BACKUP_SLOT", default: "martlet_backup")
        let interval = reader.duration(
            "MARTLET_BACKUP_LOG_INTERVAL",
            default: .seconds(1),
            in: .milliseconds(50) ... .seconds(300)
        )
        let isSynchronous = reader.bool("MARTLET_BACKUP_SYNCHRONOUS", default: false)
        do throws(RecoveryError) {
            var settings = try WALReceiverSettings(slot: slot)
            settings.interval = interval
            settings.isSynchronous = isSynchronous
            receiver = settings
        } catch {
            receiver = nil
            reader.report("MARTLET_BACKUP_SLOT", problem: error.message, allowed: "such as martlet_backup")
        }
    }
}
