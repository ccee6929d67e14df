// SPDX-License-Identifier: Apache-2.0
// The pause between attempts.

/// The pause before a job's next attempt; the actual pause is drawn from the upper half of the interval or, with full jitter, all of it.
public struct RetryPolicy: Hashable, Sendable {
    /// How the pause grows.
    public enum Kind: Character, Sendable {
        /// Doubles with each attempt, drawn from 0 to that (full jitter).
        case exponential = "x"
        /// Grows by the base with each attempt, drawn from 0 to that.
        case linear = "l"
        /// The base each time, without jitter.
        case constant = "c"
    }

    /// How the pause grows.
    public var kind: Kind
    /// The first attempt's upper bound.
    public var base: Duration
    /// The largest upper bound.
    public var cap: Duration

    /// Exponential from 1 s to 1 h with full jitter.
    public static let standard = RetryPolicy(kind: .exponential, base: .seconds(1), cap: .seconds(3_600))

    /// Creates a policy; `cap` below `base` counts as `base`.
    public init(kind: Kind, base: Duration, cap: Duration) {
        self.kind = kind
        self.base = base
        self.cap = max(base, cap)
    }

    /// The pause after attempt number `attempt` (1 is the first), drawn with `generator`.
    public func pause(afterAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        switch kind {
        case .constant: return base
        case .linear: return drawn(upTo: min(cap, base * max(1, attempt)), using: &generator)
        case .exponential:
            // 2^30 seconds is beyond every cap, so the shift never overflows.
            return drawn(upTo: min(cap, base * (1 << min(max(0, attempt - 1), 30))), using: &generator)
        }
    }

    private func drawn(upTo bound: Duration, using generator: inout some RandomNumberGenerator) -> Duration {
        .microseconds(Int64.random(in: 0...max(0, bound.wholeMicroseconds), using: &generator))
    }
}
