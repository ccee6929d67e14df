// SPDX-License-Identifier: Apache-2.0
// Martlet: random numbers that a printed seed repeats.

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts at a seed.
    public init(seed: UInt64) { state = seed }

    /// Draws a seed, prints it, and returns the generator.
    public static func printed(_ name: String, seed: UInt64 = UInt64.random(in: 0 ... .max)) -> SeededGenerator {
        print("seed of \(name): \(seed)")
        return SeededGenerator(seed: seed)
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
