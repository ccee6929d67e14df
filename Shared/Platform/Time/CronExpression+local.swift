// SPDX-License-Identifier: Apache-2.0
// Martlet: which wall-clock times match a cron expression, regardless of any place.

extension CronExpression {
    /// The first match in a range of local seconds.
    func firstMatch(in range: Range<Int64>) -> Int64? {
        guard !range.isEmpty else { return nil }
        let (firstDay, time) = range.lowerBound.flooredDivision(by: 86_400)
        if matches(CivilDate(daysSince1970: firstDay), day: firstDay), let time = firstTime(from: Int(time)) {
            let found = firstDay * 86_400 + Int64(time)
            return found < range.upperBound ? found : nil
        }
        guard let start = firstTime(from: 0) else { return nil }
        var day = firstDay + 1
        while day * 86_400 < range.upperBound {
            let date = CivilDate(daysSince1970: day)
            if !months.contains(date.month) {
                day += Int64(CivilDate.length(ofMonth: date.month, year: date.year) - date.day + 1)
            } else if matches(date, day: day) {
                let found = day * 86_400 + Int64(start)
                return found < range.upperBound ? found : nil
            } else {
                day += 1
            }
        }
        return nil
    }

    /// The last match in a range of local seconds.
    func lastMatch(in range: Range<Int64>) -> Int64? {
        guard !range.isEmpty else { return nil }
        let (lastDay, time) = (range.upperBound - 1).flooredDivision(by: 86_400)
        if matches(CivilDate(daysSince1970: lastDay), day: lastDay), let time = lastTime(through: Int(time)) {
            let found = lastDay * 86_400 + Int64(time)
            return found >= range.lowerBound ? found : nil
        }
        guard let end = lastTime(through: 86_399) else { return nil }
        var day = lastDay - 1
        while (day + 1) * 86_400 > range.lowerBound {
            let date = CivilDate(daysSince1970: day)
            if !months.contains(date.month) {
                day -= Int64(date.day)
            } else if matches(date, day: day) {
                let found = day * 86_400 + Int64(end)
                return found >= range.lowerBound ? found : nil
            } else {
                day -= 1
            }
        }
        return nil
    }

    private func matches(_ date: CivilDate, day: Int64) -> Bool {
        guard months.contains(date.month) else { return false }
        let isLast = days.hasLast && date.day == CivilDate.length(ofMonth: date.month, year: date.year)
        let isDay = isLast || days.contains(date.day)
        let isWeekday = weekdays.contains(LocalDateTime.weekday(ofDay: day))
        return isEitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    /// The first matching second of a day from one on.
    private func firstTime(from time: Int) -> Int? {
        var (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        while let foundHour = hours.first(from: hour) {
            if foundHour > hour { (hour, minute, second) = (foundHour, 0, 0) }
            if let foundMinute = minutes.first(from: minute) {
                if foundMinute > minute { (minute, second) = (foundMinute, 0) }
                if let found = seconds.first(from: second) { return hour * 3600 + minute * 60 + found }
                if let later = minutes.first(from: minute + 1), let found = seconds.first(from: 0) {
                    return hour * 3600 + later * 60 + found
                }
            }
            (hour, minute, second) = (hour + 1, 0, 0)
        }
        return nil
    }

    /// The last matching second of a day up to one, inclusive.
    private func lastTime(through time: Int) -> Int? {
        var (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        while let foundHour = hours.last(through: hour) {
            if foundHour < hour { (hour, minute, second) = (foundHour, 59, 59) }
            if let foundMinute = minutes.last(through: minute) {
                if foundMinute < minute { (minute, second) = (foundMinute, 59) }
                if let found = seconds.last(through: second) { return hour * 3600 + minute * 60 + found }
                if let earlier = minutes.last(through: minute - 1), let found = seconds.last(through: 59) {
                    return hour * 3600 + earlier * 60 + found
                }
            }
            (hour, minute, second) = (hour - 1, 59, 59)
        }
        return nil
    }
}
