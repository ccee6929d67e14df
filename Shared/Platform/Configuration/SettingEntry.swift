// SPDX-License-Identifier: Apache-2.0
// Martlet: one setting as it was read, in the form in which it may be shown.

/// A line of `describe()`.
struct SettingEntry: Sendable {
    var key: String
    var shown: String
    var source: SettingSource
    var allowed: String
    /// Whether `<key>_FILE` may name a file that holds the value.
    var readsFile: Bool
}
