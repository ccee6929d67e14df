// SPDX-License-Identifier: Apache-2.0
// Martlet: chance whose seed is printed, so that a failure can be replayed (SplitMix64, Steele, Lea and Flood 2014).

import Glibc

/// Random numbers from a seed.
public struct ClusterDice: RandomNumberGenerator, Sendable {
    private var numbers: SeededGenerator

    /// Starts at a seed.
    public init(seed: UInt64) { numbers = SeededGenerator(seed: seed) }

    /// `MARTLET_TEST_SEED` (decimal), if it is set.
    public static let wantedSeed: UInt64? = getenv("MARTLET_TEST_SEED").flatMap {
        UInt64(String(cString: $0))
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 { numbers.next() }

    /// A whole number in a range.
    public mutating func roll(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// A time in a range of milliseconds.
    public mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(roll(range))
    }

    /// True once in `count` times.
    public mutating func isOne(in count: Int) -> Bool { roll(1...max(1, count)) == 1 }
}
