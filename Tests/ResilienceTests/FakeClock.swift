// SPDX-License-Identifier: Apache-2.0
// Martlet: a clock that only tests move, and a generator whose seed tests print.
import Synchronization

/// A clock for closures of the form `now: () -> Instant`.
final class FakeClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}

/// SplitMix64: small, and the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// Draws a seed, prints it, and returns the generator.
    static func printed(_ name: String, seed: UInt64 = UInt64.random(in: 0 ... .max)) -> SeededGenerator {
        print("seed of \(name): \(seed)")
        return SeededGenerator(seed: seed)
    }
}
