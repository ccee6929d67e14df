// SPDX-License-Identifier: Apache-2.0
// Martlet: one thing that `check` looked at.

/// What was found, and what to do about it.
struct CheckFinding: Equatable, Sendable {
    /// How it stands.
    enum Grade: String, Sendable {
        /// Nothing to do.
        case good
        /// Works, and is worth a thought.
        case attention
        /// Does not work.
        case problem
    }

    /// What was looked at.
    let subject: String
    /// How it stands.
    let grade: Grade
    /// What was found.
    let found: String
    /// What to do; nothing where all is good.
    var advice = ""
}

/// Problems were found; exit code 79.
struct CheckFailure: Error, CustomStringConvertible {
    let count: Int
    var description: String { count == 1 ? "1 problem was found" : "\(count) problems were found" }
}
