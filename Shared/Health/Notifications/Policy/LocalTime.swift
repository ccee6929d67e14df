// SPDX-License-Identifier: Apache-2.0
// Martlet: what clocks show at a place, as quiet hours and rotations need it.
public import Platform

/// A time zone: from instants to what clocks show, and back.
public protocol LocalTime: Sendable {
    /// Seconds east of universal time at a time.
    func offset(at time: Timestamp) -> Int
    /// What clocks show at a time.
    func local(_ time: Timestamp) -> LocalDateTime
    /// When clocks show a time, in rising order: never in a gap, twice in a fold, else once.
    func instants(of local: LocalDateTime) -> [Timestamp]
}

extension TimeZoneRules: LocalTime {}

extension LocalTime {
    /// The number of the day (0 is 1970-01-01) and the minute of the day (0...1439) that clocks and calendars show.
    func dayAndMinute(at time: Timestamp) -> (day: Int64, minute: Int) {
        let local = local(time)
        return (LocalDay.number(of: local), local.hour * 60 + local.minute)
    }

    /// When clocks show a minute of a day: the first time in a fold, and in a gap as long after it as the minute is in it.
    func instant(day: Int64, minute: Int) -> Timestamp {
        let wall = Timestamp(seconds: day * 86_400 + Int64(minute) * 60)
        if let first = instants(of: TimeZoneRules.utc.local(wall)).first { return first }
        // No clock shows it: the offset from before the gap applies.
        return wall + .seconds(-offset(at: wall + .seconds(-86_400)))
    }
}
