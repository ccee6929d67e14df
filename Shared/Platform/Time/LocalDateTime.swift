// SPDX-License-Identifier: Apache-2.0
// Martlet: a date and a time of day as a clock on the wall shows them, without saying where the wall is.

/// A wall-clock time to the second in the proleptic Gregorian calendar.
public struct LocalDateTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Astronomical year: 0 is 1 BC.
    public let year: Int
    /// 1...12.
    public let month: Int
    /// 1...31.
    public let day: Int
    /// 0...23.
    public let hour: Int
    /// 0...59.
    public let minute: Int
    /// 0...59; leap seconds do not exist here.
    public let second: Int
    /// 0 is Sunday, 6 is Saturday.
    public let weekday: Int

    /// A time that exists on some wall; nil when a field is out of range, and for years outside 0...9999.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (0...9999).contains(year), let date = CivilDate(year: year, month: month, day: day),
            (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second)
        else { return nil }
        self.init(seconds: date.daysSince1970 * 86_400 + Int64(hour * 3600 + minute * 60 + second))
    }

    /// From the seconds that a clock would count since 1970 if its place never changed its offset.
    init(seconds: Int64) {
        let (day, time) = seconds.flooredDivision(by: 86_400)
        let date = CivilDate(daysSince1970: day)
        (year, month, self.day) = (date.year, date.month, date.day)
        (hour, minute, second) = (Int(time / 3600), Int(time / 60 % 60), Int(time % 60))
        weekday = Self.weekday(ofDay: day)
    }

    /// The inverse of ``init(seconds:)``.
    var seconds: Int64 {
        // A value was made from seconds or checked, so its date exists.
        let days = CivilDate(year: year, month: month, day: day)?.daysSince1970 ?? 0
        return days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    }

    /// 1970-01-01 was a Thursday.
    static func weekday(ofDay day: Int64) -> Int { Int((day + 4).flooredDivision(by: 7).remainder) }

    /// Orders by what the walls show.
    public static func < (left: LocalDateTime, right: LocalDateTime) -> Bool { left.seconds < right.seconds }

    /// `2026-01-31T08:09:10`, without an offset.
    public var description: String { String(Timestamp(seconds: seconds).formatted(fractionDigits: 0).dropLast()) }
}

extension Int64 {
    /// The quotient rounded down, and the remainder that is never negative; the divisor must be positive.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
