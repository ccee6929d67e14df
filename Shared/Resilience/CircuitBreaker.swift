// SPDX-License-Identifier: Apache-2.0
// Martlet: a circuit breaker that any thread may use.
internal import Synchronization

/// Stops calls to something that fails, and tries it again a little at a time.
///
/// ```swift
/// let breaker = CircuitBreaker(name: "postgres")
/// let rows = try await breaker.run { try await pool.query(sql) }
/// ```
public final class CircuitBreaker: Sendable {
    /// A change of phase.
    public struct Event: Sendable, Hashable {
        /// The breaker's name.
        public let name: String
        /// The phase before.
        public let from: CircuitBreakerState.Phase
        /// The phase after.
        public let to: CircuitBreakerState.Phase
    }

    /// Figures for metrics.
    public struct Snapshot: Sendable, Hashable {
        /// The phase.
        public let phase: CircuitBreakerState.Phase
        /// Calls in the window.
        public let calls: Int
        /// Failed calls in the window.
        public let failures: Int
        /// Slow calls in the window.
        public let slow: Int
        /// Calls refused since the start.
        public let rejected: UInt64
        /// Openings since the last recovery.
        public let consecutiveOpenings: Int
    }

    /// A permitted call and when it began.
    public struct Permit: Sendable {
        let permit: CircuitBreakerState.Permit
        let startedAt: ContinuousClock.Instant
    }

    private struct Shared {
        var state: CircuitBreakerState
        var rejected: UInt64 = 0
    }

    /// The name, for events and metrics.
    public let name: String
    private let shared: Mutex<Shared>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let onEvent: @Sendable (Event) -> Void

    /// A closed breaker; `onEvent` is called after each change of phase, on the thread that caused it, outside the
    /// lock.
    public init(
        name: String,
        configuration: CircuitBreakerConfiguration = .init(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onEvent: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.name = name
        self.now = now
        self.onEvent = onEvent
        shared = Mutex(Shared(state: CircuitBreakerState(configuration)))
    }

    /// Asks to make a call; throws `circuitOpen`. Every permit must be given to ``record(_:_:)`` once.
    public func permit() throws(ResilienceError) -> Permit {
        let now = now()
        let decision = change { shared in
            let decision = shared.state.acquire(now: now)
            if case .reject = decision { shared.rejected += 1 }
            return decision
        }
        switch decision {
        case .permit(let permit): return Permit(permit: permit, startedAt: now)
        case .reject(let retryAfter):
            throw ResilienceError(.circuitOpen, "the circuit \(name) is open", retryAfter: retryAfter)
        }
    }

    /// Tells how a permitted call went.
    public func record(_ permit: Permit, _ outcome: CircuitBreakerState.Outcome) {
        let now = now()
        change { $0.state.record(permit.permit, outcome, duration: now - permit.startedAt, now: now) }
    }

    /// Runs an operation if the circuit lets it; throws `circuitOpen`, or what the operation throws.
    ///
    /// `isFailure` says whether an error is the fault of the thing called; default: every error but a cancellation.
    public func run<Value>(
        isolation: isolated (any Actor)? = #isolation,
        isFailure: (any Error) -> Bool = { !($0 is CancellationError) },
        operation: () async throws -> Value
    ) async throws -> Value {
        let permit = try permit()
        do {
            let value = try await operation()
            record(permit, .success)
            return value
        } catch {
            record(permit, isFailure(error) ? .failure : .ignored)
            throw error
        }
    }

    /// Opens until ``reset()``.
    public func forceOpen() { change { $0.state.forceOpen() } }

    /// Closes with an empty window.
    public func reset() { change { $0.state.reset() } }

    /// Whether a call would be refused now because the breaker is open; asking changes nothing.
    public var refuses: Bool {
        let now = now()
        return shared.withLock { $0.state.refuses(at: now) }
    }

    /// Figures for metrics.
    public var snapshot: Snapshot {
        shared.withLock { shared in
            Snapshot(
                phase: shared.state.phase,
                calls: shared.state.window.count,
                failures: shared.state.window.failures,
                slow: shared.state.window.slow,
                rejected: shared.rejected,
                consecutiveOpenings: shared.state.consecutiveOpenings
            )
        }
    }

    private func change<Value: Sendable>(_ body: (inout Shared) -> Value) -> Value {
        let (value, before, after) = shared.withLock { shared in
            let before = shared.state.phase
            let value = body(&shared)
            return (value, before, shared.state.phase)
        }
        if before != after { onEvent(Event(name: name, from: before, to: after)) }
        return value
    }
}
