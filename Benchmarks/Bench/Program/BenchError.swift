// SPDX-License-Identifier: Apache-2.0
// Martlet: why a measurement could not be made.

/// The one error of the benchmark.
struct BenchError: Error, CustomStringConvertible {
    enum Code: Equatable {
        /// The command line makes no sense.
        case usage
        /// Something that the benchmark needs is missing or is not what it must be.
        case surroundings
        /// A program did not start, ended early or did not answer.
        case program
        /// A count did not come out right: the figure would be worth nothing.
        case count
        /// Something took longer than it may.
        case timeout
        /// A signal came.
        case interrupted
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// 2 for a wrong command line, as shells have it, else 1.
    var exitCode: Int32 { code == .usage ? 2 : 1 }
}
