// SPDX-License-Identifier: Apache-2.0
// Martlet: how long a Retry-After header (RFC 9110 10.2.3) asks to wait.
internal import Platform

/// Reads seconds, or a date in the form that RFC 9110 lets servers send.
enum RetryPause {
    /// Longer pauses are cut to this.
    static let longest: Duration = .seconds(3600)

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The pause from `now`, zero for a time that has passed; nil when the value is neither seconds nor a date.
    static func read(_ value: String, now: Timestamp) -> Duration? {
        let words = value.split { $0 == " " || $0 == "," }
        if words.count == 1, words[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(words[0]).map { min(.seconds($0), longest) } ?? longest
        }
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(where: { words[2] == $0 }) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        let time = Timestamp(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z".utf8)
        return time.map { min(max($0 - now, .zero), longest) }
    }
}
