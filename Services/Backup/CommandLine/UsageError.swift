// SPDX-License-Identifier: Apache-2.0
// Martlet: a command line that means nothing.

/// What is wrong with a command line and what would be right; exit code 64.
struct UsageError: Error, CustomStringConvertible {
    /// One sentence, or some lines.
    let description: String

    init(_ description: String) { self.description = description }
}
