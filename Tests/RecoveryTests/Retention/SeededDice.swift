// SPDX-License-Identifier: Apache-2.0
// Martlet: chance that repeats.

import TestSupport

/// The same seed gives the same numbers.
struct SeededDice: RandomNumberGenerator {
    private var numbers: SeededGenerator

    init(_ seed: UInt64) { numbers = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { numbers.next() }

    /// True in so many of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}
