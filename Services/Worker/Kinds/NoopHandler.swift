// SPDX-License-Identifier: Apache-2.0
// Martlet: the kind `noop`, which does nothing as cheaply as possible, for benchmarks and drills.
internal import Jobs

/// Completes at once without looking at its arguments.
struct NoopHandler: JobHandler {
    var kind: String { "noop" }

    func run(_ job: JobContext) async throws -> [UInt8]? { nil }
}
