// SPDX-License-Identifier: Apache-2.0
// Martlet: the seeds that the tests run with.

import TestSupport
import Testing

/// A seed as an argument of a test, so that the runner shows it.
struct FaultSeed: Sendable, CustomTestStringConvertible {
    let value: UInt64

    var testDescription: String { "seed \(value)" }

    /// The one that was asked for, or a new one; the same for all tests of a run.
    static let all = [FaultSeed(value: ClusterDice.wantedSeed ?? .random(in: 0...999_999_999))]
}
