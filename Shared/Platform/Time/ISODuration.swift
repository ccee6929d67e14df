// SPDX-License-Identifier: Apache-2.0
// Martlet: durations as text: ISO 8601 for the API, and the short forms that people type into settings.

/// Reads and writes durations.
///
/// Years and months are refused, for they have no fixed length; a day is 24 hours and a week is 7 days.
public enum ISODuration {
    /// The longest duration that is read: 3,652,500 days (about 10,000 years).
    public static let maximum = Duration.seconds(3_652_500 * 86_400)

    /// Reads `PT30S`, `PT1M30.5S`, `P1DT2H`, `P2W`; throws ``PlatformError`` `invalidText` otherwise.
    ///
    /// Only seconds may have a fraction (1 to 9 digits). Negative durations are refused.
    public static func parse(_ text: String) throws(PlatformError) -> Duration {
        guard let duration = parseISO(Array(text.utf8)) else {
            throw PlatformError(.invalidText, "not an ISO 8601 duration such as PT30S, PT1M30.5S or P1DT2H")
        }
        return duration
    }

    /// Reads what ``parse(_:)`` reads, and also seconds (`30`, `0.5`) or a number with a unit: `500ms 30s 5m 2h 1d`.
    public static func parseLenient(_ text: String) throws(PlatformError) -> Duration {
        let bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "P") { return try parse(text) }
        let units: [(String, Int128)] = [
            ("us", 1_000), ("ms", 1_000_000), ("s", second), ("m", 60 * second), ("h", 3600 * second),
            ("d", 86_400 * second), ("", second),
        ]
        for (unit, factor) in units where bytes.reversed().starts(with: unit.utf8.reversed()) {
            let number = bytes.dropLast(unit.utf8.count)
            if let nanoseconds = decimal(number, unit: factor), let duration = make(nanoseconds) { return duration }
            break
        }
        throw PlatformError(.invalidText, "not a duration such as PT30S, 30, 0.5, 500ms, 30s, 5m or 2h")
    }

    /// Writes the shortest exact form with hours, minutes and seconds, to the nanosecond: `PT1M30.5S`, zero is `PT0S`.
    public static func format(_ duration: Duration) -> String {
        let (whole, attoseconds) = duration.components
        let negative = whole < 0 || attoseconds < 0
        let total = whole.magnitude
        var nanoseconds = attoseconds.magnitude / 1_000_000_000
        var text = negative ? "-PT" : "PT"
        if total >= 3600 { text += "\(total / 3600)H" }
        if total % 3600 >= 60 { text += "\(total % 3600 / 60)M" }
        let seconds = total % 60
        guard seconds > 0 || nanoseconds > 0 || total == 0 else { return text }
        text += "\(seconds)"
        if nanoseconds > 0 {
            var digits = 9
            while nanoseconds % 10 == 0 { (nanoseconds, digits) = (nanoseconds / 10, digits - 1) }
            let fraction = String(nanoseconds)
            text += "." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
        }
        return text + "S"
    }

    private static let second: Int128 = 1_000_000_000

    private static func parseISO(_ bytes: [UInt8]) -> Duration? {
        guard bytes.count >= 3, bytes[0] == UInt8(ascii: "P") else { return nil }
        var total: Int128 = 0
        var inTime = false
        var parts = 0
        var rank = 0  // designators must come in falling order: W, D, T, H, M, S
        var index = 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "T") {
                guard !inTime, index + 1 < bytes.count else { return nil }
                inTime = true
                index += 1
                continue
            }
            let start = index
            while index < bytes.count, isDigit(bytes[index]) || bytes[index] == UInt8(ascii: ".") { index += 1 }
            guard index < bytes.count else { return nil }
            let unit: (rank: Int, length: Int128)
            switch (inTime, bytes[index]) {
            case (false, UInt8(ascii: "W")): unit = (1, 604_800 * second)
            case (false, UInt8(ascii: "D")): unit = (2, 86_400 * second)
            case (true, UInt8(ascii: "H")): unit = (3, 3600 * second)
            case (true, UInt8(ascii: "M")): unit = (4, 60 * second)
            case (true, UInt8(ascii: "S")): unit = (5, second)
            default: return nil
            }
            let number = bytes[start..<index]
            guard unit.rank > rank, unit.rank == 5 || !number.contains(UInt8(ascii: ".")),
                let value = decimal(number, unit: unit.length)
            else { return nil }
            total += value
            rank = unit.rank
            parts += 1
            index += 1
        }
        return parts > 0 ? make(total) : nil
    }

    /// `digits[.digits]` times the unit in nanoseconds, exact; at most 15 whole and 9 fractional digits.
    private static func decimal(_ bytes: ArraySlice<UInt8>, unit: Int128) -> Int128? {
        var whole: Int128 = 0
        var fraction: Int128 = 0
        var scale: Int128 = 1
        var wholeDigits = 0
        var sawPoint = false
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard !sawPoint, wholeDigits > 0 else { return nil }
                sawPoint = true
            } else if isDigit(byte) {
                if sawPoint {
                    guard scale < 1_000_000_000 else { return nil }
                    fraction = fraction * 10 + Int128(byte - 0x30)
                    scale *= 10
                } else {
                    guard wholeDigits < 15 else { return nil }
                    whole = whole * 10 + Int128(byte - 0x30)
                    wholeDigits += 1
                }
            } else {
                return nil
            }
        }
        guard wholeDigits > 0, !sawPoint || scale > 1 else { return nil }
        return whole * unit + fraction * unit / scale
    }

    private static func make(_ nanoseconds: Int128) -> Duration? {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: second)
        guard let whole = Int64(exactly: seconds) else { return nil }
        let duration = Duration(secondsComponent: whole, attosecondsComponent: Int64(rest) * 1_000_000_000)
        return duration <= maximum ? duration : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
