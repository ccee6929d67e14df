// SPDX-License-Identifier: Apache-2.0
// Martlet: how long to wait before the next attempt.

/// A rule for the wait before retry 1, 2, 3...; exponential with full jitter unless told otherwise.
///
/// Full jitter draws from zero to the rule's wait: it spreads a crowd of clients best and finishes the work soonest.
public struct Backoff: Sendable, Hashable {
    /// How the wait grows.
    public enum Growth: Sendable, Hashable {
        /// Always the same.
        case constant(Duration)
        /// `step`, 2 x `step`, 3 x `step`...
        case linear(step: Duration)
        /// `base`, `base` x `factor`, `base` x `factor`^2...
        case exponential(base: Duration, factor: Double)
    }

    /// How chance enters.
    public enum Jitter: Sendable, Hashable {
        /// Not at all.
        case none
        /// From zero to the wait.
        case full
        /// From half the wait to the wait, where a minimum matters.
        case equal
    }

    /// How the wait grows.
    public var growth: Growth
    /// The longest wait, before jitter.
    public var cap: Duration
    /// How chance enters.
    public var jitter: Jitter

    /// Creates a rule.
    public init(_ growth: Growth, cap: Duration, jitter: Jitter = .full) {
        self.growth = growth
        self.cap = cap
        self.jitter = jitter
    }

    /// Exponential: 100 ms, 200 ms, 400 ms... up to 20 s, with full jitter, unless told otherwise.
    public static func exponential(
        base: Duration = .milliseconds(100),
        factor: Double = 2,
        cap: Duration = .seconds(20),
        jitter: Jitter = .full
    ) -> Backoff {
        Backoff(.exponential(base: base, factor: factor), cap: cap, jitter: jitter)
    }

    /// Always the same wait, without jitter unless told otherwise.
    public static func constant(_ wait: Duration, jitter: Jitter = .none) -> Backoff {
        Backoff(.constant(wait), cap: wait, jitter: jitter)
    }

    /// A wait that grows by a step, with full jitter unless told otherwise.
    public static func linear(step: Duration, cap: Duration, jitter: Jitter = .full) -> Backoff {
        Backoff(.linear(step: step), cap: cap, jitter: jitter)
    }

    /// The wait before retry `attempt` (1 is the first retry) before jitter; never negative, never above the cap.
    public func ceiling(attempt: Int) -> Duration {
        let count = max(1, attempt)
        let limit = seconds(cap)
        let wait: Double
        switch growth {
        case .constant(let duration): wait = seconds(duration)
        case .linear(let step): wait = seconds(step) * Double(count)
        case .exponential(let base, let factor): wait = seconds(base) * power(factor, count - 1)
        }
        return wait >= limit ? max(.zero, cap) : .seconds(max(0, wait))
    }

    /// The wait before retry `attempt` (1 is the first retry), drawn with a generator.
    public func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let ceiling = ceiling(attempt: attempt)
        switch jitter {
        case .none: return ceiling
        case .full: return ceiling * Double.random(in: 0...1, using: &generator)
        case .equal: return ceiling * Double.random(in: 0.5...1, using: &generator)
        }
    }

    /// The wait before retry `attempt`, drawn with the system's generator.
    public func delay(attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(attempt: attempt, using: &generator)
    }

    private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

    /// Stops early: attempt numbers may be huge.
    private func power(_ factor: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var left = exponent
        while left > 0, result < 1e18, result > 1e-18, factor != 1 {
            result *= factor
            left -= 1
        }
        return result
    }
}
