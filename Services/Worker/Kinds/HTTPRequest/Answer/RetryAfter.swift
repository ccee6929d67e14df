// SPDX-License-Identifier: Apache-2.0
// Martlet: the Retry-After header (RFC 9110 10.2.3): seconds, or a date in one of the three old forms.
internal import Platform

/// Reads how long a receiver asks to be left alone.
enum RetryAfter {
    /// Longer pauses are cut to this.
    static let longest: Duration = .seconds(3600)

    /// The pause from `now`, zero for a time that has passed; nil when the value is neither seconds nor a date.
    static func pause(_ value: String, now: Timestamp) -> Duration? {
        let text = value.split(separator: " ").joined(separator: " ")
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return min(.seconds(Int64(text) ?? .max / 2), longest)
        }
        return date(text).map { min(max($0 - now, .zero), longest) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov 6 08:49:37 1994`.
    private static func date(_ text: String) -> Timestamp? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        switch words.count {
        case 6 where words[5] == "GMT": return time(day: words[1], month: words[2], year: words[3], clock: words[4])
        case 5: return time(day: words[2], month: words[1], year: words[4], clock: words[3])
        default: return nil
        }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func time(day: String, month: String, year: String, clock: String) -> Timestamp? {
        guard let index = months.firstIndex(of: month), day.utf8.count <= 2, clock.utf8.count == 8 else { return nil }
        let fullYear = year.utf8.count == 2 ? (year < "70" ? "20" : "19") + year : year
        let pad = { (text: String) in text.utf8.count == 1 ? "0" + text : text }
        return try? Timestamp(parsing: "\(fullYear)-\(pad("\(index + 1)"))-\(pad(day))T\(clock)Z")
    }
}
