// SPDX-License-Identifier: Apache-2.0
// Martlet: what is due when.

import Platform
import Testing

@testable import BackupService

@Suite("Schedules of martlet-backup")
struct ScheduleClockTests {
    private func settings(_ environment: [String: String]) throws -> ScheduleSettings {
        let reader = SettingsReader(arguments: ["martlet-backup"], environment: environment)
        let settings = ScheduleSettings(reader)
        try reader.finish()
        return settings
    }

    @Test func worksComeInTimeAndOrder() throws {
        let settings = try settings([
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "30 2 * * *", "MARTLET_BACKUP_SCHEDULE_PRUNE": "0 2 * * *",
            "MARTLET_BACKUP_SCHEDULE_VERIFY": "off",
        ])
        var clock = ScheduleClock(settings, after: try Timestamp(parsing: "2026-11-28T12:00:00Z"))
        #expect(clock.next == (try Timestamp(parsing: "2026-11-29T02:00:00Z")))
        #expect(clock.take(at: try Timestamp(parsing: "2026-11-29T01:59:59Z")).isEmpty)
        #expect(clock.take(at: try Timestamp(parsing: "2026-11-29T02:00:00Z")) == [.prune])
        // The machine slept for days: each once, the one that waited longest first.
        #expect(clock.take(at: try Timestamp(parsing: "2026-12-03T05:00:00Z")) == [.backup, .prune])
        #expect(clock.next == (try Timestamp(parsing: "2026-12-04T02:00:00Z")))
    }

    /// A server without a backup does not wait for the schedule to come round.
    @Test func aWorkMayBeDueAtOnce() throws {
        let settings = try settings([
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "30 2 * * *", "MARTLET_BACKUP_SCHEDULE_PRUNE": "0 2 * * *",
        ])
        let now = try Timestamp(parsing: "2026-11-28T12:00:00Z")
        var clock = ScheduleClock(settings, after: now)
        clock.hasten(.backup, to: now)
        // What nobody has scheduled is never due.
        clock.hasten(.verify, to: now)
        #expect(clock.next == now)
        #expect(clock.take(at: now) == [.backup])
        #expect(clock.next == (try Timestamp(parsing: "2026-11-29T02:00:00Z")))
        #expect(clock.take(at: try Timestamp(parsing: "2026-11-29T03:00:00Z")) == [.prune, .backup])
    }

    @Test func zonesCount() throws {
        let settings = try settings([
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "30 2 * * *", "MARTLET_BACKUP_TIME_ZONE": "Europe/Berlin",
        ])
        let clock = ScheduleClock(settings, after: try Timestamp(parsing: "2026-11-28T12:00:00Z"))
        #expect(clock.next == (try Timestamp(parsing: "2026-11-29T01:30:00Z")))
    }

    @Test func aClockMayFollowSomeWorksOnly() throws {
        let settings = try settings([
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "30 2 * * *", "MARTLET_BACKUP_SCHEDULE_DRILL": "0 3 * * 0",
        ])
        let now = try Timestamp(parsing: "2026-11-28T12:00:00Z")
        #expect(
            ScheduleClock(settings, of: [.drill], after: now).next == (try Timestamp(parsing: "2026-11-29T03:00:00Z"))
        )
        #expect(ScheduleClock(settings, of: [.prune], after: now).next == nil)
    }

    /// An alert that measures by the shortest pause would fire each weekend.
    @Test func theIntervalIsTheLongestPause() throws {
        let settings = try settings([
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "30 2 * * MON-FRI", "MARTLET_BACKUP_SCHEDULE_DRILL": "0 3 * * 0",
            "MARTLET_BACKUP_SCHEDULE_VERIFY": "*/10 * * * *",
        ])
        let now = try Timestamp(parsing: "2026-11-30T12:00:00Z")
        #expect(settings.interval(of: .backup, from: now) == .seconds(3 * 86_400))
        #expect(settings.interval(of: .drill, from: now) == .seconds(7 * 86_400))
        #expect(settings.interval(of: .verify, from: now) == .seconds(600))
        #expect(settings.interval(of: .prune, from: now) == nil)
    }

    @Test func withoutSchedulesNothingIsDue() throws {
        #expect(ScheduleClock(try settings([:]), after: .now()).next == nil)
    }
}
