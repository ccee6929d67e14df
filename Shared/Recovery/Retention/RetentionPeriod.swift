// SPDX-License-Identifier: Apache-2.0
// Martlet: the periods of which one backup each is kept.
internal import Platform

/// A period of the calendar in UTC.
public enum RetentionPeriod: String, CaseIterable, Codable, Sendable {
    /// From a full hour to the next.
    case hour
    /// From midnight to midnight.
    case day
    /// From Monday to Sunday.
    case week
    /// A month of the calendar.
    case month
    /// A year of the calendar.
    case year

    /// What two times have in common that lie in the same period.
    func mark(of time: Timestamp) -> String {
        switch self {
        case .hour: return String(time.formatted(fractionDigits: 0).prefix(13))
        case .day: return String(time.formatted(fractionDigits: 0).prefix(10))
        case .week:
            // 1970-01-01 was a Thursday: three days later than its Monday.
            let day = (Double(time.microseconds) / 86_400_000_000).rounded(.down)
            return String(Int(((day + 3) / 7).rounded(.down)))
        case .month: return String(time.formatted(fractionDigits: 0).prefix(7))
        case .year: return String(time.formatted(fractionDigits: 0).prefix(4))
        }
    }
}
