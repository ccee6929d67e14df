// SPDX-License-Identifier: Apache-2.0
// Martlet: what stands between requests and the ledger: a limit for each kind of traffic, and a breaker that refuses at once when the ledger is away.

internal import Jobs
internal import Platform
internal import Resilience
internal import Synchronization
internal import Web

/// Lets calls through to the ledger, or refuses them at once; it never makes them wait.
final class LedgerGate: Sendable {
    /// A kind of traffic; each has its own limit, so that none can starve another.
    enum Traffic: String, CaseIterable, Sendable {
        /// One job: many at once, short; the limit adapts.
        case single
        /// One job with a key. It may wait for somebody else's transaction, which would mislead the adaptive limit, so its limit is fixed.
        case keyed
        /// A batch: few at once, long. Their latencies would mislead the adaptive limit, so theirs is fixed.
        case batch
        /// Looking, listing, cancelling.
        case read
        /// Long polls, which mostly sleep.
        case wait
    }

    private let limiters: [Traffic: AdaptiveLimiter]
    private let breaker: CircuitBreaker
    private let isReachable: @Sendable () -> Bool
    /// Requests refused because there is no connection.
    private let refused = Atomic<Int>(0)

    /// - Parameters:
    ///   - batchConcurrency: Batches at once.
    ///   - isReachable: Whether there is a connection to the ledger, or no reason yet to doubt it.
    ///   - onEvent: Told of each change of the breaker.
    init(
        batchConcurrency: Int,
        isReachable: @escaping @Sendable () -> Bool,
        onEvent: @escaping @Sendable (CircuitBreaker.Event) -> Void = { _ in }
    ) {
        var adaptive = AdaptiveLimitConfiguration()
        // Group commit makes latency depend on the disk more than on the number of callers, so the limit starts high, stays above what a
        // handful of keep-alive clients need, and falls only when latency has trebled.
        (adaptive.minimum, adaptive.initial, adaptive.maximum, adaptive.tolerance) = (128, 512, 8_192, 3)
        limiters = [
            .single: AdaptiveLimiter(configuration: adaptive), .keyed: Self.fixed(1_024),
            .batch: Self.fixed(batchConcurrency), .read: Self.fixed(256), .wait: Self.fixed(4_096),
        ]
        var rules = CircuitBreakerConfiguration()
        (rules.windowSize, rules.minimumCalls, rules.halfOpenPermits) = (40, 10, 2)
        (rules.openDuration, rules.openGrowth, rules.maximumOpenDuration) = (.milliseconds(500), 1.5, .seconds(3))
        rules.halfOpenTimeout = .seconds(5)
        rules.slowCallRatio = 2  // a long poll or a large batch is slow by nature
        breaker = CircuitBreaker(name: "ledger", configuration: rules, onEvent: onEvent)
        self.isReachable = isReachable
    }

    /// Makes a call to the ledger.
    ///
    /// - Throws: 503 with `Retry-After` when it is not let through, else what the call's error means.
    func run<Value>(
        _ traffic: Traffic,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(JobsError) -> Value
    ) async throws(ProblemError) -> Value {
        let seat = try enter(traffic)
        do throws(ProblemError) {
            let value = try await call(isolation: isolation, body)
            leave(traffic, seat, .success)
            return value
        } catch {
            leave(traffic, seat, error.kind == .overloaded ? .dropped : .ignored)
            throw error
        }
    }

    /// Takes a seat for one request; every seat is given back by `leave` once.
    func enter(_ traffic: Traffic) throws(ProblemError) -> AdaptiveLimiter.Permit {
        guard isReachable() else {
            refused.add(1, ordering: .relaxed)
            throw Self.away(retryAfter: nil)
        }
        guard let seat = limiters[traffic]?.acquire(partition: traffic.rawValue) else {
            throw .unavailable(
                .overloaded,
                detail: "too many requests of this kind are under way; nothing was recorded"
            )
        }
        return seat
    }

    /// Gives a seat back.
    func leave(_ traffic: Traffic, _ seat: AdaptiveLimiter.Permit, _ outcome: AdaptiveLimit.Outcome = .ignored) {
        limiters[traffic]?.release(seat, outcome)
    }

    /// Makes a call under a seat, if the breaker lets it.
    func call<Value>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(JobsError) -> Value
    ) async throws(ProblemError) -> Value {
        let permit: CircuitBreaker.Permit
        do {
            permit = try breaker.permit()
        } catch {
            throw Self.away(retryAfter: error.retryAfter)
        }
        do {
            let value = try await body()
            breaker.record(permit, .success)
            return value
        } catch {
            breaker.record(permit, error.breaksCircuit ? .failure : error.code == .cancelled ? .ignored : .success)
            throw error.problem
        }
    }

    /// Registers what the gate knows with the metrics.
    func register(in metrics: MetricsRegistry) {
        for (traffic, limiter) in limiters {
            let labels = [("traffic", traffic.rawValue)]
            metrics.gauge("martlet_api_limit", help: "Calls to the ledger that may be under way.", labels: labels) {
                Double(limiter.snapshot.limit)
            }
            metrics.gauge("martlet_api_calls_in_flight", help: "Calls to the ledger under way.", labels: labels) {
                Double(limiter.snapshot.inFlight)
            }
            metrics.counter("martlet_api_calls_refused", help: "Requests refused by a limit.", labels: labels) {
                Double(limiter.snapshot.rejected.values.reduce(0, +))
            }
        }
        let (breaker, isReachable) = (breaker, isReachable)
        metrics.gauge("martlet_api_ledger_reachable", help: "0 while calls to the ledger are refused at once.") {
            // An open breaker asks again when its time is over and a call comes; until one does, nobody is refused.
            isReachable() && !breaker.refuses ? 1 : 0
        }
        metrics.counter(
            "martlet_api_unreachable_refused",
            help: "Requests refused because the ledger can't be reached."
        ) {
            Double(Int(breaker.snapshot.rejected) + self.refused.load(ordering: .relaxed))
        }
    }

    private static func fixed(_ limit: Int) -> AdaptiveLimiter {
        var configuration = AdaptiveLimitConfiguration()
        (configuration.minimum, configuration.initial, configuration.maximum) = (limit, limit, limit)
        // Never probes, for a probe halves the limit.
        configuration.probeInterval = .seconds(86_400 * 365)
        return AdaptiveLimiter(configuration: configuration)
    }

    private static func away(retryAfter: Duration?) -> ProblemError {
        let seconds = retryAfter.map { Int($0.components.seconds) + 1 } ?? 1
        return .unavailable(
            .ledgerUnavailable,
            detail: "the job ledger can't be reached; nothing was recorded",
            retryAfterSeconds: seconds
        )
    }
}

extension JobsError {
    /// Whether the error says that the ledger is away, and not that it refused something.
    fileprivate var breaksCircuit: Bool { code == .ledgerUnavailable || code == .outcomeUnknown }
}
