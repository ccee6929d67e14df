// SPDX-License-Identifier: Apache-2.0
// Martlet: a slow and obvious reading of cron, which looks at every minute.

import TestSupport
@testable import Platform

/// Five fields as plain sets of numbers.
struct CronReference {
    var minutes: Set<Int>
    var hours: Set<Int>
    var days: Set<Int>
    var months: Set<Int>
    var weekdays: Set<Int>
    var isLastDay: Bool
    var isDayStar: Bool
    var isWeekdayStar: Bool

    func matches(_ time: LocalDateTime) -> Bool {
        let last =
            [31, time.year % 4 == 0 && (time.year % 100 != 0 || time.year % 400 == 0) ? 29 : 28, 31, 30, 31, 30]
            + [31, 31, 30, 31, 30, 31]
        let day = days.contains(time.day) || (isLastDay && time.day == last[time.month - 1])
        let weekday = weekdays.contains(time.weekday)
        return minutes.contains(time.minute) && hours.contains(time.hour) && months.contains(time.month)
            && (isDayStar || isWeekdayStar ? day && weekday : day || weekday)
    }

    /// All firings between two times that are whole minutes, in seconds; changes of the zone must be on whole minutes.
    func firings(from start: Int64, to end: Int64, in zone: TimeZoneRules, again: Bool) -> [Int64] {
        let margin: Int64 = 2 * 86_400
        var firsts: [Int64: Int64] = [:]  // when a local minute is shown for the first time
        var fired: Set<Int64> = []
        var minutes: [(time: Int64, local: Int64)] = []
        for time in stride(from: start - margin, to: end + margin, by: 60) {
            let local = time + Int64(zone.offset(at: Timestamp(seconds: time)))
            minutes.append((time, local))
            if again, matches(LocalDateTime(seconds: local)) { fired.insert(time) }
            if firsts[local] == nil { firsts[local] = time }
        }
        for (local, time) in firsts where matches(LocalDateTime(seconds: local)) { fired.insert(time) }
        for (before, after) in zip(minutes, minutes.dropFirst()) where after.local > before.local + 60 {
            for local in stride(from: before.local + 60, to: after.local, by: 60)
            where firsts[local] == nil && matches(LocalDateTime(seconds: local)) { fired.insert(after.time) }
        }
        return fired.filter { $0 >= start && $0 < end }.sorted()
    }
}

extension CronReference {
    /// A random expression and what it means.
    static func random(using generator: inout SeededGenerator) -> (text: String, meaning: CronReference) {
        let minute = field(0...59, using: &generator)
        let hour = field(0...23, using: &generator)
        var day = field(1...31, using: &generator)
        let month =
            Int.random(in: 0..<3, using: &generator) == 0 ? field(1...12, using: &generator) : ("*", Set(1...12))
        let weekday = field(0...6, using: &generator)
        let isLastDay = Int.random(in: 0..<6, using: &generator) == 0
        if isLastDay { day = day.0.hasPrefix("*") ? ("L", []) : (day.0 + ",L", day.1) }
        let meaning = CronReference(
            minutes: minute.1,
            hours: hour.1,
            days: day.1,
            months: month.1,
            weekdays: weekday.1,
            isLastDay: isLastDay,
            isDayStar: day.0.hasPrefix("*"),
            isWeekdayStar: weekday.0.hasPrefix("*")
        )
        return ("\(minute.0) \(hour.0) \(day.0) \(month.0) \(weekday.0)", meaning)
    }

    private static func field(_ range: ClosedRange<Int>, using generator: inout SeededGenerator) -> (String, Set<Int>) {
        let low = Int.random(in: range, using: &generator)
        let high = Int.random(in: low...range.upperBound, using: &generator)
        let step = Int.random(in: 1...min(7, range.upperBound), using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return ("\(low)", [low])
        case 1: return ("\(low)-\(high)", Set(low...high))
        case 2: return ("\(low)-\(high)/\(step)", Set(stride(from: low, through: high, by: step)))
        case 3: return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)))
        case 4: return ("\(high),\(low)", [low, high])
        default: return ("*", Set(range))
        }
    }
}
