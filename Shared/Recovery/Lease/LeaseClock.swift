// SPDX-License-Identifier: Apache-2.0
// Martlet: the clock by which a holder knows that its lease is over.

/// A clock that nobody sets, and a sleep by it.
public struct LeaseClock: Sendable {
    /// The time since some fixed moment; goes on while the machine sleeps.
    public let now: @Sendable () -> Duration
    /// Waits; throws when the task is cancelled.
    public let sleep: @Sendable (Duration) async throws -> Void

    /// Takes both over.
    public init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's continuous clock.
    public static let system: LeaseClock = {
        let start = ContinuousClock.now
        return LeaseClock(now: { ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0) })
    }()
}
