// SPDX-License-Identifier: Apache-2.0
// Martlet: one field of a cron expression, as a set of numbers.

/// The values of a field that match.
struct CronField: Sendable, Hashable {
    /// Which field it is.
    enum Kind: String, Sendable {
        case second
        case minute
        case hour
        case day = "day of the month"
        case month
        case weekday = "day of the week"

        /// What may be written; 7 is Sunday too.
        var range: ClosedRange<Int> {
            switch self {
            case .second, .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            case .weekday: 0...7
            }
        }

        /// In the order of their numbers, from ``range``'s start on.
        var names: [String] {
            switch self {
            case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
            case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
            default: []
            }
        }

        /// For messages.
        var allowed: String {
            var text = "*, \(range.lowerBound) to \(range.upperBound)"
            if let first = names.first, let last = names.last { text += ", \(first) to \(last)" }
            if self == .day { text += ", L for the last day" }
            return text + ", ranges such as 2-4, steps such as */2 or 2-8/3, and lists of these"
        }
    }

    /// Bit n is set when n matches.
    var bits: UInt64 = 0
    /// Whether the last day of the month matches, whatever its number.
    var hasLast = false
    /// Whether the text began with `*`; such a field does not count as restricted, as in Vixie's cron.
    var isStar = false

    func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }

    /// The least member that is not below a value.
    func first(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = bits >> UInt64(max(value, 0))
        return rest == 0 ? nil : max(value, 0) + rest.trailingZeroBitCount
    }

    /// The greatest member that is not above a value.
    func last(through value: Int) -> Int? {
        guard value >= 0 else { return nil }
        let rest = bits << UInt64(63 - min(value, 63))
        return rest == 0 ? nil : min(value, 63) - rest.leadingZeroBitCount
    }
}
