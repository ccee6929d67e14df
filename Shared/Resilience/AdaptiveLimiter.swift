// SPDX-License-Identifier: Apache-2.0
// Martlet: admits calls up to an adaptive limit, with shares that no other traffic can take.
internal import Synchronization

/// A concurrency limiter and bulkhead that any thread may use; it never waits.
///
/// ```swift
/// let limiter = AdaptiveLimiter(shares: ["single": 0.7, "batch": 0.3])
/// let id = try await limiter.run(partition: "single") { try await submit(job) }
/// ```
/// Each partition is guaranteed its share of the limit: below it, calls are admitted even when the whole limit is used.
/// Beyond it they may
/// use what nobody else needs. So calls in flight never exceed the limit plus the guarantees, nothing lies idle, and
/// none starves.
/// With `minimum` = `maximum` this is a fixed bulkhead.
public final class AdaptiveLimiter: Sendable {
    /// The right to make one call; release it exactly once.
    public struct Permit: Sendable {
        let partition: String
        let startedAt: ContinuousClock.Instant
    }

    /// Figures for metrics.
    public struct Snapshot: Sendable, Hashable {
        /// The limit now.
        public let limit: Int
        /// Calls in flight.
        public let inFlight: Int
        /// Calls in flight by partition.
        public let inFlightByPartition: [String: Int]
        /// Calls refused since the start, by partition.
        public let rejected: [String: UInt64]
        /// The latency of the unloaded service, once it is known.
        public let baseline: Duration?
    }

    private struct State {
        var limit: AdaptiveLimit
        var inFlight = 0
        var byPartition: [String: Int] = [:]
        var rejected: [String: UInt64] = [:]
    }

    private let state: Mutex<State>
    private let shares: [String: Double]
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Creates a limiter; shares are fractions 0...1 of the limit, and are scaled down if their sum is above 1.
    ///
    /// A partition that is not listed is guaranteed nothing.
    public init(
        configuration: AdaptiveLimitConfiguration = .init(),
        shares: [String: Double] = [:],
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        let sum = shares.values.reduce(0) { $0 + max(0, $1) }
        self.shares = shares.mapValues { max(0, $0) / max(1, sum) }
        self.now = now
        state = Mutex(State(limit: AdaptiveLimit(configuration, now: now())))
    }

    /// Admits a call or returns nil at once; every permit must be released once.
    public func acquire(partition: String = "default") -> Permit? {
        let now = now()
        let isAdmitted = state.withLock { state in
            let used = state.byPartition[partition, default: 0]
            let limit = state.limit.limit
            guard state.inFlight < limit || used < guarantee(partition, limit) else {
                // Partitions that were not declared share one counter, so that their names cannot fill memory.
                state.rejected[shares[partition] == nil ? "default" : partition, default: 0] += 1
                return false
            }
            state.inFlight += 1
            state.byPartition[partition] = used + 1
            return true
        }
        return isAdmitted ? Permit(partition: partition, startedAt: now) : nil
    }

    /// Ends a call; the time since its permit is its latency.
    public func release(_ permit: Permit, _ outcome: AdaptiveLimit.Outcome = .success) {
        let now = now()
        state.withLock { state in
            state.limit.record(outcome, latency: now - permit.startedAt, inFlight: state.inFlight, now: now)
            state.inFlight -= 1
            let used = state.byPartition[permit.partition, default: 1] - 1
            state.byPartition[permit.partition] = used > 0 ? used : nil
        }
    }

    /// Runs an operation if there is room; throws `limitReached`, or what the operation throws.
    ///
    /// `isDropped` says whether an error means overload (default: a passed deadline); other errors do not count as
    /// samples.
    public func run<Value>(
        partition: String = "default",
        isolation: isolated (any Actor)? = #isolation,
        isDropped: (any Error) -> Bool = { ($0 as? ResilienceError)?.code == .deadlineExceeded },
        operation: () async throws -> Value
    ) async throws -> Value {
        guard let permit = acquire(partition: partition) else {
            throw ResilienceError(.limitReached, "too many calls are in flight", retryAfter: .seconds(1))
        }
        do {
            let value = try await operation()
            release(permit)
            return value
        } catch {
            release(permit, isDropped(error) ? .dropped : .ignored)
            throw error
        }
    }

    /// Figures for metrics.
    public var snapshot: Snapshot {
        state.withLock { state in
            Snapshot(
                limit: state.limit.limit,
                inFlight: state.inFlight,
                inFlightByPartition: state.byPartition,
                rejected: state.rejected,
                baseline: state.limit.baseline
            )
        }
    }

    private func guarantee(_ partition: String, _ limit: Int) -> Int {
        guard let share = shares[partition], share > 0 else { return 0 }
        return max(1, Int(share * Double(limit)))
    }
}
