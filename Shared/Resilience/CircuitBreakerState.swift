// SPDX-License-Identifier: Apache-2.0
// Martlet: the logic of a circuit breaker as a value: no clock, no lock, no I/O.

/// A circuit breaker's state machine; time comes in as an argument.
///
/// closed -(too many failed or slow)-> open -(time)-> half-open -(trials fail)-> open, or -(trials succeed)-> closed.
/// Forced open is entered and left by hand.
public struct CircuitBreakerState: Sendable {
    /// What the breaker does with calls.
    public enum Phase: String, Sendable {
        /// Lets all through.
        case closed
        /// Refuses all.
        case open
        /// Lets a few through to see.
        case halfOpen = "half_open"
        /// Refuses all until it is reset by hand.
        case forcedOpen = "forced_open"
    }

    /// The right to make one call; record its outcome exactly once.
    public struct Permit: Sendable, Hashable {
        /// Outcomes of earlier phases are not counted: they say nothing about now.
        let generation: UInt64
    }

    /// How a call went.
    public enum Outcome: Sendable {
        /// It worked.
        case success
        /// It failed by the fault of the thing called.
        case failure
        /// It says nothing about the thing called (cancelled, bad request).
        case ignored
    }

    /// The answer to a request for a permit.
    public enum Decision: Sendable, Hashable {
        /// Make the call.
        case permit(Permit)
        /// Do not; ask again after this time, if known.
        case reject(retryAfter: Duration?)
    }

    /// The phase; an open breaker whose time is over is shown as open until somebody asks for a permit.
    public private(set) var phase = Phase.closed
    /// Openings since the last recovery.
    public private(set) var consecutiveOpenings = 0
    let configuration: CircuitBreakerConfiguration
    private(set) var window: OutcomeWindow
    private(set) var generation: UInt64 = 0
    private var until: ContinuousClock.Instant?
    private(set) var trialsIssued = 0
    private(set) var trialsDone = 0
    private var trialFailures = 0
    private var trialSlow = 0

    /// A closed breaker with an empty window.
    public init(_ configuration: CircuitBreakerConfiguration) {
        self.configuration = configuration
        window = OutcomeWindow(size: configuration.windowSize)
    }

    /// Whether it refuses all calls at a time; an open phase whose time is over does not, it waits for the next call.
    func refuses(at now: ContinuousClock.Instant) -> Bool {
        switch phase {
        case .closed, .halfOpen: false
        case .open: until.map { now < $0 } ?? true
        case .forcedOpen: true
        }
    }

    /// Asks to make a call.
    public mutating func acquire(now: ContinuousClock.Instant) -> Decision {
        if let until, now >= until {
            if phase == .open { halfOpen(now) } else if phase == .halfOpen { open(now) }
        }
        switch phase {
        case .closed: return .permit(Permit(generation: generation))
        case .halfOpen where trialsIssued < max(1, configuration.halfOpenPermits):
            trialsIssued += 1
            return .permit(Permit(generation: generation))
        case .halfOpen: return .reject(retryAfter: nil)
        case .open: return .reject(retryAfter: until.map { $0 - now })
        case .forcedOpen: return .reject(retryAfter: nil)
        }
    }

    /// Tells how a permitted call went.
    public mutating func record(
        _ permit: Permit,
        _ outcome: Outcome,
        duration: Duration,
        now: ContinuousClock.Instant
    ) {
        guard permit.generation == generation else { return }
        let isSlow = duration >= configuration.slowCallDuration
        switch (phase, outcome) {
        case (.closed, .ignored), (.open, _), (.forcedOpen, _): return
        case (.halfOpen, .ignored): trialsIssued -= 1
        case (.closed, _):
            window.add(OutcomeWindow.Outcome(isFailure: outcome == .failure, isSlow: isSlow))
            let isTripped =
                window.failures > 0 && window.failureRatio >= configuration.failureRatio
                || window.slow > 0 && window.slowRatio >= configuration.slowCallRatio
            if window.count >= configuration.minimumCalls, isTripped { open(now) }
        case (.halfOpen, _):
            trialsDone += 1
            if outcome == .failure { trialFailures += 1 }
            if isSlow { trialSlow += 1 }
            decide(now)
        }
    }

    /// Opens until ``reset()``.
    public mutating func forceOpen() {
        phase = .forcedOpen
        generation += 1
        until = nil
    }

    /// Closes with an empty window, whatever the phase.
    public mutating func reset() {
        phase = .closed
        generation += 1
        until = nil
        consecutiveOpenings = 0
        window.removeAll()
    }

    private mutating func decide(_ now: ContinuousClock.Instant) {
        let permits = Double(max(1, configuration.halfOpenPermits))
        if trialFailures > 0 && Double(trialFailures) / permits >= configuration.failureRatio
            || trialSlow > 0 && Double(trialSlow) / permits >= configuration.slowCallRatio
        {
            open(now)  // the trials that are still out cannot change the verdict
        } else if trialsDone >= max(1, configuration.halfOpenPermits) {
            reset()
        }
    }

    private mutating func open(_ now: ContinuousClock.Instant) {
        let backoff = Backoff.exponential(
            base: configuration.openDuration,
            factor: max(1, configuration.openGrowth),
            cap: configuration.maximumOpenDuration,
            jitter: .none
        )
        consecutiveOpenings += 1
        phase = .open
        generation += 1
        until = now + backoff.ceiling(attempt: consecutiveOpenings)
    }

    private mutating func halfOpen(_ now: ContinuousClock.Instant) {
        phase = .halfOpen
        generation += 1
        until = now + configuration.halfOpenTimeout
        (trialsIssued, trialsDone, trialFailures, trialSlow) = (0, 0, 0, 0)
    }
}
