// SPDX-License-Identifier: Apache-2.0
// Martlet: limits a rate, exactly and without a timer.

/// A token bucket as one instant (the generic cell rate algorithm): nothing is ever refilled, so nothing drifts.
public struct TokenBucketState: Sendable {
    private let interval: Duration
    private let tolerance: Duration
    private var theoretical: ContinuousClock.Instant

    /// A full bucket: `rate` tokens a second (at least one in a day), at most `burst` (at least 1) at once.
    public init(rate: Double, burst: Int, now: ContinuousClock.Instant) {
        interval = .seconds(1 / max(rate, 1.0 / 86_400))
        tolerance = interval * max(1, burst)
        theoretical = now
    }

    /// Takes tokens and returns nil, or takes none and returns how long to wait until they would be there.
    ///
    /// More tokens than the burst are never there at once, however long the caller waits: ask for at most `burst`.
    public mutating func take(_ count: Int = 1, now: ContinuousClock.Instant) -> Duration? {
        let next = max(theoretical, now) + interval * max(0, count)
        let excess = (next - now) - tolerance
        guard excess > .zero else {
            theoretical = next
            return nil
        }
        return excess
    }

    /// Whole tokens that could be taken now.
    public func available(now: ContinuousClock.Instant) -> Int {
        let used = max(.zero, theoretical - now)
        return max(0, Int((tolerance - used) / interval + 1e-9))
    }
}
