// SPDX-License-Identifier: Apache-2.0
// Martlet: repeats an operation within attempts, a budget and a deadline.

/// A rule for repeating operations that are safe to repeat.
///
/// ```swift
/// let retry = Retry(attempts: 3, budget: budget)
/// let answer = try await retry.run(deadline: deadline, isRetryable: { $0.isTransient }) { try await call() }
/// ```
public struct Retry: Sendable {
    /// The most attempts, the first included.
    public var attempts: Int
    /// The wait between attempts.
    public var backoff: Backoff
    /// Shared by all calls to the same thing.
    public var budget: RetryBudget
    /// How to wait; replaced in tests.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// Creates a rule; default 3 attempts, exponential with full jitter.
    public init(
        attempts: Int = 3,
        backoff: Backoff = .exponential(),
        budget: RetryBudget,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.budget = budget
        self.sleep = sleep
    }

    /// Runs until success, or rethrows the last error when attempts, budget or deadline allow no more or it is not
    /// retryable.
    ///
    /// A `retryAfter` of a ``ResilienceError`` is waited for if it is longer than the backoff. Cancellation is never
    /// retried.
    public func run<Value>(
        deadline: Deadline? = nil,
        isolation: isolated (any Actor)? = #isolation,
        now: () -> ContinuousClock.Instant = { .now },
        isRetryable: (any Error) -> Bool,
        operation: () async throws -> Value
    ) async throws -> Value {
        budget.recordCall()
        var attempt = 1
        while true {
            do {
                return try await operation()
            } catch {
                guard attempt < attempts, !(error is CancellationError), !Task.isCancelled, isRetryable(error) else {
                    throw error
                }
                let hint = (error as? ResilienceError)?.retryAfter ?? .zero
                let wait = max(backoff.delay(attempt: attempt), hint)
                if let deadline, deadline.remaining(now: now()) <= wait { throw error }
                guard budget.takeRetry() else { throw error }
                try await sleep(wait)
                attempt += 1
            }
        }
    }
}
