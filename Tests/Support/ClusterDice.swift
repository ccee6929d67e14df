// SPDX-License-Identifier: Apache-2.0
// Martlet: chance whose seed is printed, so that a failure can be replayed (SplitMix64, Steele, Lea and Flood 2014).

import Glibc

/// Random numbers from a seed.
public struct ClusterDice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts at a seed.
    public init(seed: UInt64) { state = seed }

    /// `MARTLET_TEST_SEED` (decimal), if it is set.
    public static let wantedSeed: UInt64? = getenv("MARTLET_TEST_SEED").flatMap {
        UInt64(String(cString: $0))
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

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
