// SPDX-License-Identifier: Apache-2.0
// Martlet: when a circuit breaker opens, and for how long.

/// The rules of a circuit breaker.
public struct CircuitBreakerConfiguration: Sendable, Hashable {
    /// How many of the last calls count; default 100.
    public var windowSize = 100
    /// With fewer calls in the window the breaker stays closed; default 20.
    public var minimumCalls = 20
    /// Opens when at least this fraction of the window failed; default 0.5.
    public var failureRatio = 0.5
    /// A call that takes this long is slow; default 10 s.
    public var slowCallDuration: Duration = .seconds(10)
    /// Opens when at least this fraction of the window was slow; default 1; above 1 never.
    public var slowCallRatio = 1.0
    /// How long the breaker stays open the first time; default 1 s.
    public var openDuration: Duration = .seconds(1)
    /// Each opening without a recovery in between lasts this many times as long as the one before; default 2.
    public var openGrowth = 2.0
    /// The longest time open; default 30 s.
    public var maximumOpenDuration: Duration = .seconds(30)
    /// How many trial calls a half-open breaker lets through before it decides; default 3.
    public var halfOpenPermits = 3
    /// Trial calls that have not ended after this time count as failed; default 30 s.
    public var halfOpenTimeout: Duration = .seconds(30)

    /// The defaults.
    public init() {}
}
