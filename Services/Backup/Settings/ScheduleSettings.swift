// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on when `serve` does what.

internal import Platform

/// Cron expressions in one time zone.
struct ScheduleSettings: Sendable {
    /// What is done on schedule.
    enum Work: String, CaseIterable, Sendable {
        /// A backup.
        case backup
        /// The newest backup's bytes are read and checked.
        case verify
        /// The newest backup is restored and looked at.
        case drill
        /// What the rules don't keep is removed.
        case prune

        var setting: String { "MARTLET_BACKUP_SCHEDULE_\(rawValue.uppercased())" }
    }

    /// What is scheduled when, in the order of ``Work``; nothing by default.
    let entries: [(work: Work, cron: CronExpression)]
    /// `MARTLET_BACKUP_TIME_ZONE`, default UTC.
    let zone: TimeZoneRules

    init(_ reader: SettingsReader) {
        let name = reader.string("MARTLET_BACKUP_TIME_ZONE", default: "UTC")
        do { zone = try TimeZoneRules(identifier: name) } catch {
            zone = .utc
            reader.report("MARTLET_BACKUP_TIME_ZONE", problem: "\(error)", allowed: "such as Europe/Berlin")
        }
        var entries: [(Work, CronExpression)] = []
        for work in Work.allCases {
            guard let text = reader.string(work.setting), text != "off" else { continue }
            do { entries.append((work, try CronExpression(text))) } catch {
                reader.report(work.setting, problem: "\(error)", allowed: "five fields such as 30 2 * * *, or off")
            }
        }
        self.entries = entries.map { (work: $0.0, cron: $0.1) }
    }

    /// Those of some works that have a schedule.
    func works(among works: Set<Work>) -> Set<Work> { works.intersection(entries.map(\.work)) }

    /// The longest time between two of a work's next times; nil when it is not scheduled.
    func interval(of work: Work, from now: Timestamp = .now()) -> Duration? {
        entries.first { $0.work == work }?.cron.longestGap(from: now, in: zone)
    }
}
