// SPDX-License-Identifier: Apache-2.0
// Martlet: when a changed file is read.

/// Decides at each look, one a second, whether the file shall be read.
///
/// A file that changes may be half written: it is read once it has stayed as it is for five seconds.
struct ConfigurationWatch: Sendable {
    /// How many looks in a row must find what the one before them found.
    static let quietLooks = 5
    /// After how many looks a file that was refused is read again though nothing about it has changed: a mistake may be
    /// in a file that it names, or in the system.
    static let againLooks = 60

    private var read: ConfigurationMark
    private var seen: ConfigurationMark
    private var looks = 0
    private var isRefused = false

    /// Begins with the mark of what is in use.
    init(_ mark: ConfigurationMark) {
        read = mark
        seen = mark
    }

    /// Whether a file that bears this mark shall be read now.
    mutating func look(_ mark: ConfigurationMark) -> Bool {
        guard mark == seen else {
            seen = mark
            looks = 0
            return false
        }
        looks += 1
        return mark == read ? isRefused && looks >= Self.againLooks : looks >= Self.quietLooks
    }

    /// Remembers what was read, and whether it was refused.
    mutating func hasRead(_ mark: ConfigurationMark, isRefused: Bool) {
        read = mark
        seen = mark
        looks = 0
        self.isRefused = isRefused
    }
}
