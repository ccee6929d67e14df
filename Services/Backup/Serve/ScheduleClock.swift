// SPDX-License-Identifier: Apache-2.0
// Martlet: what is due next. Pure: times in, times out.

internal import Platform

/// The next time of each work.
struct ScheduleClock {
    private let settings: ScheduleSettings
    private var due: [(work: ScheduleSettings.Work, time: Timestamp)] = []

    /// From a moment on: what was due before is not made up for.
    init(
        _ settings: ScheduleSettings,
        of works: Set<ScheduleSettings.Work> = Set(ScheduleSettings.Work.allCases),
        after now: Timestamp
    ) {
        self.settings = settings
        due = settings.entries.filter { works.contains($0.work) }.compactMap { entry in
            entry.cron.next(after: now, in: settings.zone).map { (entry.work, $0) }
        }
    }

    /// When something is due next; nil when nothing ever is.
    var next: Timestamp? { due.map(\.time).min() }

    /// Makes a scheduled work due by then; afterwards it comes in its time again.
    mutating func hasten(_ work: ScheduleSettings.Work, to time: Timestamp) {
        for (index, item) in due.enumerated() where item.work == work { due[index].time = min(item.time, time) }
    }

    /// What is due by now, the earliest first, each once however often it was missed; its next time is after now.
    mutating func take(at now: Timestamp) -> [ScheduleSettings.Work] {
        let taken = due.filter { $0.time <= now }.sorted { $0.time < $1.time }.map(\.work)
        for (index, item) in due.enumerated() where item.time <= now {
            let cron = settings.entries.first { $0.work == item.work }?.cron
            due[index].time = cron?.next(after: now, in: settings.zone) ?? .latest
        }
        return taken
    }
}
