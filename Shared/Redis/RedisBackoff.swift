// SPDX-License-Identifier: Apache-2.0
// Martlet: how long to wait between attempts to connect.

/// Exponential backoff with full jitter: a random delay between zero and a bound that doubles.
public struct RedisBackoff: Sendable, Equatable {
    /// The bound of the first delay; default 50 ms.
    public var base: Duration
    /// The bound of every later delay; default 5 s.
    public var cap: Duration

    /// Makes a policy.
    public init(base: Duration = .milliseconds(50), cap: Duration = .seconds(5)) {
        self.base = base
        self.cap = cap
    }

    /// The delay after `failures` failed attempts in a row, at least 1 ms.
    func delay(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let bound = min(cap, base * (1 << min(max(failures - 1, 0), 20)))
        let milliseconds = Int64(bound / .milliseconds(1))
        return .milliseconds(Int64.random(in: 1...max(1, milliseconds), using: &generator))
    }

    /// The same with the system's random numbers.
    func delay(afterFailures failures: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(afterFailures: failures, using: &generator)
    }
}
