// SPDX-License-Identifier: Apache-2.0
// Martlet: times in HTTP headers.
internal import Platform

/// Reads `Wed, 21 Oct 2026 07:28:00 GMT`, the one form that servers send today.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The time; nil for another form.
    static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let (day, number) = (padded(words[1]), padded(Substring("\(month + 1)")))
        return Timestamp(rfc3339: "\(words[3])-\(number)-\(day)T\(words[4])Z".utf8)
    }

    private static func padded(_ text: Substring) -> String { (text.utf8.count == 1 ? "0" : "") + text }
}
