// SPDX-License-Identifier: Apache-2.0
// Martlet: a run that ended because somebody asked it to.

/// Ended by a signal; the exit code is 128 and its number.
struct Interruption: Error, CustomStringConvertible {
    /// SIGTERM or SIGINT.
    let signal: Int32

    /// For people.
    var description: String { "ended by signal \(signal)" }
}
