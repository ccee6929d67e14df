// SPDX-License-Identifier: Apache-2.0
// Martlet: which backups are worth their room.

/// What is kept: a backup stays if any rule keeps it; without any rule all stay.
///
/// ```swift
/// var policy = RetentionPolicy()
/// policy.window = .seconds(14 * 86_400)  // any moment of the last two weeks
/// policy.periods = [.week: 8, .month: 12]
/// ```
/// Rules count the backups of one system, one method and (logical ones) one database apart from all others. Whatever
/// they say, the newest backup from which the present state can be restored stays; see ``RetentionPlan``.
public struct RetentionPolicy: Hashable, Sendable {
    /// The newest so many, 1...100,000.
    public var count: Int?
    /// Those that ended within this time.
    public var age: Duration?
    /// Any moment within this time can be restored: its backups, the one before it, and all WAL from that on.
    public var window: Duration?
    /// The last backup of each of the newest so many periods (UTC) that have one: grandfather, father, son.
    public var periods: [RetentionPeriod: Int] = [:]
    /// The newest so many stay although all of them are old; at least 1, the default. Alone it is no rule.
    public var minimum = 1
    /// For how long an unfinished backup may still be taken up again; default two days.
    public var unfinished: Duration = .seconds(2 * 86_400)
    /// Whether backups that only count, age or a period keeps get just the WAL that they themselves need; default
    /// false.
    ///
    /// They then restore the moment of their end and no later one, and a year of monthly backups needs no year of WAL.
    public var trimsLog = false

    /// The newest so many exports of the configuration stay, by default 30; nil: all stay.
    public var exports: Int? = 30
    /// Exports that are younger stay, too; default 90 days.
    public var exportAge: Duration = .seconds(90 * 86_400)

    /// A policy without rules for backups.
    public init() {}

    /// Whether there is any rule.
    public var hasRules: Bool {
        count != nil || age != nil || window != nil || periods.values.contains { $0 > 0 }
    }
}
