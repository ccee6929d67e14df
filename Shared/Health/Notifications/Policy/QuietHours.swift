// SPDX-License-Identifier: Apache-2.0
// Martlet: hours in which people want to hear only what matters.
public import Platform

/// A daily time in which notifications wait until it is over.
public struct QuietHours: Sendable {
    /// The weekdays on which it begins, 0 is Sunday.
    public let days: Set<Int>
    /// When it begins, in minutes after midnight.
    public let from: Int
    /// When it ends, in minutes after midnight; on the next day unless it is later than ``from``.
    public let to: Int
    /// Whose clocks count.
    public let zone: any LocalTime
    /// What is heard nevertheless.
    public let breakthrough: Set<NotificationMessage.Severity>

    /// Makes quiet hours; throws `configuration` unless there is a day and both times are 0...1439.
    ///
    /// Equal times mean a whole day. Critical messages break through by default.
    public init(
        days: Set<Int> = Set(0...6),
        from: Int,
        to: Int,
        zone: any LocalTime,
        breakthrough: Set<NotificationMessage.Severity> = [.critical]
    ) throws(NotificationError) {
        guard !days.isEmpty, days.allSatisfy((0...6).contains) else {
            throw NotificationError(.configuration, "quiet_hours.days", "must be weekdays, 0 (Sunday) to 6")
        }
        for (field, minute) in [("quiet_hours.from", from), ("quiet_hours.to", to)]
        where !(0..<1440).contains(minute) {
            throw NotificationError(.configuration, field, "must be 00:00 to 23:59")
        }
        self.days = days
        self.from = from
        self.to = to
        self.zone = zone
        self.breakthrough = breakthrough
    }

    /// When the quiet hours that a time is in end; nil outside of them.
    public func end(at time: Timestamp) -> Timestamp? {
        let today = zone.dayAndMinute(at: time).day
        // Those that began yesterday may still last; of two that overlap at a change of clocks, the later end counts.
        return [today - 1, today].compactMap { day -> Timestamp? in
            guard days.contains(LocalDay.weekday(of: day)) else { return nil }
            let start = zone.instant(day: day, minute: from)
            let end = zone.instant(day: to > from ? day : day + 1, minute: to)
            return start <= time && time < end ? end : nil
        }.max()
    }

    /// The first time from `time` on that lies in none of some quiet hours, for a severity.
    ///
    /// Quiet hours that leave no gap postpone by at most eight days.
    static func firstTime(
        from time: Timestamp,
        outside hours: [QuietHours],
        severity: NotificationMessage.Severity
    ) -> Timestamp {
        let binding = hours.filter { !$0.breakthrough.contains(severity) }
        let limit = time + .seconds(8 * 86_400)
        var free = time
        while free < limit, let end = binding.compactMap({ $0.end(at: free) }).max() { free = end }
        return min(free, limit)
    }
}
