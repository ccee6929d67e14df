// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps retries from multiplying the load on something that is already in trouble.
internal import Synchronization

/// A bucket that calls fill by a fraction of a token and each retry empties by one.
///
/// Over any time, retries <= `reserve` + `ratio` x calls, whatever fails: a storm of retries dies by itself.
public final class RetryBudget: Sendable {
    /// Tokens a call earns; 0.2 means at most 20 % more load by retries.
    public let ratio: Double
    /// Tokens at the start, and the most that are ever kept.
    public let reserve: Int
    private let millitokens: Mutex<Int>
    private let earned: Int

    /// Creates a full budget; default 0.2 tokens for each call, at most 10 kept.
    public init(ratio: Double = 0.2, reserve: Int = 10) {
        self.ratio = min(max(0, ratio), 1)
        self.reserve = max(1, reserve)
        earned = Int(self.ratio * 1000)
        millitokens = Mutex(self.reserve * 1000)
    }

    /// Counts a first attempt.
    public func recordCall() { millitokens.withLock { $0 = min(reserve * 1000, $0 + earned) } }

    /// Takes a token for one retry; false when there is none, and then the retry must not be made.
    public func takeRetry() -> Bool {
        millitokens.withLock { tokens in
            guard tokens >= 1000 else { return false }
            tokens -= 1000
            return true
        }
    }

    /// Whole tokens left.
    public var remaining: Int { millitokens.withLock { $0 / 1000 } }
}
