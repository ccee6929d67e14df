// SPDX-License-Identifier: Apache-2.0
// Martlet: days counted from 1970-01-01, wherever the calendar hangs.
internal import Platform

/// Arithmetic with days of the calendar.
enum LocalDay {
    /// The number of a date.
    static func number(of local: LocalDateTime) -> Int64 {
        let seconds = (TimeZoneRules.utc.instants(of: local).first?.microseconds ?? 0) / 1_000_000
        return floored(seconds, by: 86_400).quotient
    }

    /// 0 is Sunday; 1970-01-01 was a Thursday.
    static func weekday(of day: Int64) -> Int { Int(floored(day + 4, by: 7).remainder) }

    /// Rounded down, so that the remainder is never negative.
    static func floored(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
