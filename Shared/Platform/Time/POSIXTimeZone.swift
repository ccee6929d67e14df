// SPDX-License-Identifier: Apache-2.0
// Martlet: the rule at the end of a time zone file, as the TZ variable of POSIX writes it.

/// A standard offset, and perhaps a summer time that comes and goes by one rule every year.
struct POSIXTimeZone: Sendable, Hashable {
    /// A day of the year.
    enum Day: Sendable, Hashable {
        /// `Jn`: 1...365; 29 February is never counted.
        case julian(Int)
        /// `n`: 0...365; 29 February is counted.
        case ordinal(Int)
        /// `Mm.w.d`: the weekday d (0 = Sunday) of week w (5 = the last) of month m.
        case weekday(month: Int, week: Int, weekday: Int)

        func daysSince1970(year: Int) -> Int64 {
            let newYear = Self.first(of: 1, year)
            switch self {
            case .julian(let number):
                let isAfterLeapDay = number >= 60 && CivilDate.length(ofMonth: 2, year: year) == 29
                return newYear + Int64(number - 1 + (isAfterLeapDay ? 1 : 0))
            case .ordinal(let number): return newYear + Int64(number)
            case .weekday(let month, let week, let weekday):
                let first = Self.first(of: month, year)
                let ahead = (weekday - LocalDateTime.weekday(ofDay: first) + 7) % 7
                var day = ahead + 7 * (week - 1)
                if day >= CivilDate.length(ofMonth: month, year: year) { day -= 7 }
                return first + Int64(day)
            }
        }

        private static func first(of month: Int, _ year: Int) -> Int64 {
            CivilDate(year: year, month: month, day: 1)?.daysSince1970 ?? 0
        }
    }

    /// When a change happens by the clock that is in force before it.
    struct Change: Sendable, Hashable {
        var day: Day
        /// Seconds from midnight; may be negative or beyond the day.
        var time: Int
    }

    /// Summer time.
    struct Summer: Sendable, Hashable {
        var offset: Int
        var start: Change
        var end: Change
    }

    /// Seconds east.
    var offset: Int
    var summer: Summer?

    /// The changes of a year and of those beside it, in rising order; of two at the same instant the start of summer
    /// time comes last, as for a summer time that never ends.
    private func changes(around year: Int) -> [(time: Int64, offset: Int)] {
        guard let summer else { return [] }
        var changes: [(time: Int64, offset: Int, isStart: Bool)] = []
        for year in (year - 1)...(year + 1) {
            let start = summer.start.day.daysSince1970(year: year) * 86_400 + Int64(summer.start.time - offset)
            let end = summer.end.day.daysSince1970(year: year) * 86_400 + Int64(summer.end.time - summer.offset)
            changes += [(start, summer.offset, true), (end, offset, false)]
        }
        changes.sort { ($0.time, $0.isStart ? 1 : 0) < ($1.time, $1.isStart ? 1 : 0) }
        return changes.map { ($0.time, $0.offset) }
    }

    /// The offset that is in force at a time, since when and until when.
    func period(at time: Int64) -> TimeZonePeriod {
        let year = CivilDate(daysSince1970: (time + Int64(offset)).flooredDivision(by: 86_400).quotient).year
        var period = TimeZonePeriod(start: nil, end: nil, offset: offset)
        for change in changes(around: year) {
            guard change.time <= time else {
                period.end = change.time
                break
            }
            (period.start, period.offset) = (change.time, change.offset)
        }
        return period
    }
}
