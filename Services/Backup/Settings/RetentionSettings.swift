// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on what is kept.

internal import Platform

/// The rules of retention; a backup stays if any of them keeps it, and without any rule all stay.
struct RetentionSettings: Sendable {
    /// `MARTLET_BACKUP_KEEP_COUNT`: the newest so many; nil without the rule.
    let count: Int?
    /// `MARTLET_BACKUP_KEEP_AGE`: those that ended within this time.
    let age: Duration?
    /// `MARTLET_BACKUP_KEEP_WINDOW`: what any moment of this time needs.
    let window: Duration?
    /// `MARTLET_BACKUP_KEEP_HOURLY` and so on: the last backup of each of so many periods.
    let hourly, daily, weekly, monthly, yearly: Int
    /// `MARTLET_BACKUP_KEEP_MINIMUM`: so many stay in any case, default 1.
    let minimum: Int
    /// `MARTLET_BACKUP_TRIM_LOG`: whether backups outside of the window keep only the log that they need themselves.
    let trimsLog: Bool

    init(_ reader: SettingsReader) {
        let longest = Duration.seconds(100 * 366 * 86_400)
        func number(_ name: String) -> Int { reader.int("MARTLET_BACKUP_KEEP_\(name)", default: 0, in: 0...100_000) }
        func time(_ name: String) -> Duration? {
            let time = reader.duration("MARTLET_BACKUP_KEEP_\(name)", default: .zero, in: .zero...longest)
            return time == .zero ? nil : time
        }
        let count = number("COUNT")
        self.count = count == 0 ? nil : count
        age = time("AGE")
        window = time("WINDOW")
        hourly = number("HOURLY")
        daily = number("DAILY")
        weekly = number("WEEKLY")
        monthly = number("MONTHLY")
        yearly = number("YEARLY")
        minimum = reader.int("MARTLET_BACKUP_KEEP_MINIMUM", default: 1, in: 1...100_000)
        trimsLog = reader.bool("MARTLET_BACKUP_TRIM_LOG", default: false)
    }
}
