// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on what is kept.

internal import Platform
internal import Recovery

/// The rules of retention; a backup stays if any of them keeps it, and without any rule all stay.
struct RetentionSettings: Sendable {
    /// `MARTLET_BACKUP_KEEP_COUNT`, `_AGE`, `_WINDOW`, `_HOURLY` … `_YEARLY`, `_MINIMUM`, `_EXPORTS`, `_EXPORTS_AGE`, and
    /// `MARTLET_BACKUP_TRIM_LOG`.
    let policy: RetentionPolicy

    private static let periods: [(name: String, period: RetentionPeriod)] = [
        ("HOURLY", .hour), ("DAILY", .day), ("WEEKLY", .week), ("MONTHLY", .month), ("YEARLY", .year),
    ]

    init(_ reader: SettingsReader) {
        let longest = Duration.seconds(100 * 366 * 86_400)
        func number(_ name: String) -> Int? {
            let number = reader.int("MARTLET_BACKUP_KEEP_\(name)", default: 0, in: 0...100_000)
            return number == 0 ? nil : number
        }
        func time(_ name: String) -> Duration? {
            let time = reader.duration("MARTLET_BACKUP_KEEP_\(name)", default: .zero, in: .zero...longest)
            return time == .zero ? nil : time
        }
        var policy = RetentionPolicy()
        policy.count = number("COUNT")
        policy.age = time("AGE")
        policy.window = time("WINDOW")
        for (name, period) in Self.periods { policy.periods[period] = number(name) }
        policy.minimum = reader.int("MARTLET_BACKUP_KEEP_MINIMUM", default: 1, in: 1...100_000)
        let exports = reader.int("MARTLET_BACKUP_KEEP_EXPORTS", default: policy.exports ?? 0, in: 0...100_000)
        policy.exports = exports == 0 ? nil : exports
        policy.exportAge = reader.duration(
            "MARTLET_BACKUP_KEEP_EXPORTS_AGE",
            default: policy.exportAge,
            in: .zero...longest
        )
        policy.trimsLog = reader.bool("MARTLET_BACKUP_TRIM_LOG", default: false)
        self.policy = policy
    }
}
