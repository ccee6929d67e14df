// SPDX-License-Identifier: Apache-2.0
// Martlet: a rate limit that any thread may ask.
internal import Synchronization

/// A thread-safe token bucket.
public final class TokenBucket: Sendable {
    private let state: Mutex<TokenBucketState>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// A full bucket: `rate` tokens a second, at most `burst` at once.
    public init(rate: Double, burst: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        state = Mutex(TokenBucketState(rate: rate, burst: burst, now: now()))
        self.now = now
    }

    /// Takes tokens and returns nil, or takes none and returns how long to wait until they would be there.
    public func take(_ count: Int = 1) -> Duration? {
        let now = now()
        return state.withLock { $0.take(count, now: now) }
    }
}
