// SPDX-License-Identifier: Apache-2.0
// Martlet: durations as people read them in a reason.

extension Duration {
    /// `300ms`, `2.5s`, `13d 4h`; at most two units.
    public var words: String {
        if self < .zero { return "-" + (Duration.zero - self).words }
        let microseconds = self.wholeMicroseconds
        switch microseconds {
        case ..<1_000: return "\(microseconds)us"
        case ..<1_000_000: return Self.tenths(microseconds, 1_000) + "ms"
        case ..<60_000_000: return Self.tenths(microseconds, 1_000_000) + "s"
        default: break
        }
        let seconds = microseconds / 1_000_000
        switch seconds {
        case ..<3_600: return Self.pair(seconds / 60, "m", seconds % 60, "s")
        case ..<86_400: return Self.pair(seconds / 3_600, "h", seconds % 3_600 / 60, "m")
        default: return Self.pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
        }
    }

    /// Microseconds, rounded towards zero; saturates.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return scaled + attoseconds / 1_000_000_000_000
    }

    private static func tenths(_ value: Int64, _ unit: Int64) -> String {
        let tenth = value % unit * 10 / unit
        return value >= 100 * unit || tenth == 0 ? "\(value / unit)" : "\(value / unit).\(tenth)"
    }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit) \(small)\(smallUnit)"
    }
}
