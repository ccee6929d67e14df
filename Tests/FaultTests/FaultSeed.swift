// SPDX-License-Identifier: Apache-2.0
// Martlet: the seeds that the tests run with.

import TestSupport
import Testing

/// A seed as an argument of a test, so that the runner shows it.
struct FaultSeed: Sendable, CustomTestStringConvertible {
    let value: UInt64

    var testDescription: String { "seed \(value)" }

    /// The one that was asked for, or new ones.
    static let all: [FaultSeed] = {
        if let wanted = ClusterDice.wantedSeed { return [FaultSeed(value: wanted)] }
        return (0..<FaultTier.rounds(1, deep: 3)).map { _ in FaultSeed(value: .random(in: 0...999_999_999)) }
    }()
}
