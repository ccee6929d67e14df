// SPDX-License-Identifier: Apache-2.0
// Martlet: the circuit breaker's phases.
import TestSupport
import Synchronization
import Testing

@testable import Resilience

@Suite struct CircuitBreakerTests {
    @Test func itRefusesNobodyOnceItsTimeIsOver() {
        var configuration = CircuitBreakerConfiguration()
        (configuration.windowSize, configuration.minimumCalls, configuration.openDuration) = (4, 1, .seconds(5))
        var state = CircuitBreakerState(configuration)
        let start = ContinuousClock.now
        #expect(!state.refuses(at: start))
        guard case .permit(let permit) = state.acquire(now: start) else { return #expect(Bool(false)) }
        state.record(permit, .failure, duration: .zero, now: start)
        #expect(state.phase == .open && state.refuses(at: start))
        #expect(!state.refuses(at: start + .seconds(60)) && state.phase == .open)
        state.forceOpen()
        #expect(state.refuses(at: start + .seconds(60)))
    }

    struct Broken: Error {}

    private let clock = FakeClock()

    private func make(_ change: (inout CircuitBreakerConfiguration) -> Void = { _ in }) -> CircuitBreaker {
        var configuration = CircuitBreakerConfiguration()
        configuration.windowSize = 10
        configuration.minimumCalls = 4
        configuration.halfOpenPermits = 2
        change(&configuration)
        return CircuitBreaker(name: "test", configuration: configuration, now: { [clock] in clock.now })
    }

    private func call(_ breaker: CircuitBreaker, _ outcome: CircuitBreakerState.Outcome, taking time: Duration = .zero)
        throws
    {
        let permit = try breaker.permit()
        clock.advance(time)
        breaker.record(permit, outcome)
    }

    private func open(_ breaker: CircuitBreaker) throws {
        for _ in 0..<4 { try call(breaker, .failure) }
        #expect(breaker.snapshot.phase == .open)
    }

    @Test func staysClosedBelowTheMinimumOfCalls() throws {
        let breaker = make()
        for _ in 0..<3 { try call(breaker, .failure) }
        #expect(breaker.snapshot.phase == .closed)
        try call(breaker, .failure)
        #expect(breaker.snapshot.phase == .open)
    }

    @Test func opensAtTheRatioExactly() throws {
        let breaker = make()
        for _ in 0..<3 { try call(breaker, .success) }
        for _ in 0..<2 { try call(breaker, .failure) }
        #expect(breaker.snapshot.phase == .closed, "2 of 5 is below a half")
        try call(breaker, .failure)
        #expect(breaker.snapshot.phase == .open, "3 of 6 is a half")
    }

    @Test func slowCallsOpenToo() throws {
        let breaker = make {
            $0.slowCallDuration = .seconds(2); $0.slowCallRatio = 0.5
        }
        for _ in 0..<2 { try call(breaker, .success, taking: .seconds(1)) }
        for _ in 0..<2 { try call(breaker, .success, taking: .seconds(2)) }
        #expect(breaker.snapshot.phase == .open)
        #expect(breaker.snapshot.slow == 2)
    }

    @Test func ignoredOutcomesDoNotCount() throws {
        let breaker = make()
        for _ in 0..<50 { try call(breaker, .ignored) }
        #expect(breaker.snapshot.calls == 0)
    }

    @Test func refusesWhileOpenAndSaysForHowLong() throws {
        let breaker = make()
        try open(breaker)
        clock.advance(.milliseconds(400))
        let error = #expect(throws: ResilienceError.self) { _ = try breaker.permit() }
        #expect(error?.code == .circuitOpen)
        #expect(error?.retryAfter == .milliseconds(600))
        #expect(breaker.snapshot.rejected == 1)
    }

    @Test func closesAfterGoodTrials() throws {
        let breaker = make()
        try open(breaker)
        clock.advance(.seconds(1))
        try call(breaker, .success)
        #expect(breaker.snapshot.phase == .halfOpen)
        try call(breaker, .success)
        #expect(breaker.snapshot.phase == .closed)
        #expect(breaker.snapshot.calls == 0)
        #expect(breaker.snapshot.consecutiveOpenings == 0)
    }

    @Test func staysOpenLongerEachTimeUpToTheCap() throws {
        let breaker = make { $0.maximumOpenDuration = .seconds(5) }
        try open(breaker)
        for seconds in [1, 2, 4, 5, 5] {
            clock.advance(.seconds(seconds) - .nanoseconds(1))
            #expect(throws: ResilienceError.self) { _ = try breaker.permit() }
            clock.advance(.nanoseconds(1))
            try call(breaker, .failure)
            #expect(breaker.snapshot.phase == .open)
        }
    }

    @Test func trialsThatNeverEndCountAsFailed() throws {
        let breaker = make()
        try open(breaker)
        clock.advance(.seconds(1))
        _ = try breaker.permit()
        _ = try breaker.permit()
        #expect(throws: ResilienceError.self) { _ = try breaker.permit() }
        clock.advance(.seconds(30))
        #expect(throws: ResilienceError.self) { _ = try breaker.permit() }
        #expect(breaker.snapshot.phase == .open)
        clock.advance(.seconds(2))
        #expect(throws: Never.self) { _ = try breaker.permit() }
    }

    @Test func lateOutcomesOfAnEarlierPhaseAreNotCounted() throws {
        let breaker = make()
        let late = try breaker.permit()
        try open(breaker)
        clock.advance(.seconds(1))
        _ = try breaker.permit()
        breaker.record(late, .failure)
        #expect(breaker.snapshot.phase == .halfOpen)
    }

    @Test func forcedOpenUntilReset() throws {
        let breaker = make()
        breaker.forceOpen()
        clock.advance(.seconds(9999))
        #expect(throws: ResilienceError.self) { _ = try breaker.permit() }
        breaker.reset()
        #expect(throws: Never.self) { _ = try breaker.permit() }
    }

    @Test func eventsTellEachChange() throws {
        let box = EventBox()
        var configuration = CircuitBreakerConfiguration()
        configuration.minimumCalls = 1
        configuration.halfOpenPermits = 1
        let breaker = CircuitBreaker(
            name: "events",
            configuration: configuration,
            now: { [clock] in clock.now },
            onEvent: { event in box.events.withLock { $0.append(event) } }
        )
        try call(breaker, .failure)
        clock.advance(.seconds(1))
        try call(breaker, .success)
        #expect(box.events.withLock { $0.map(\.to) } == [.open, .halfOpen, .closed])
    }

    @Test func runCountsFailuresButNotCancellations() async throws {
        let breaker = make()
        await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } }
        await #expect(throws: CancellationError.self) { try await breaker.run { throw CancellationError() } }
        #expect(try await breaker.run { 7 } == 7)
        #expect(breaker.snapshot.failures == 1)
        #expect(breaker.snapshot.calls == 2)
    }

    /// Random calls, clock steps and outcomes: trials out and done never exceed the permits of one half-open phase.
    @Test func halfOpenNeverExceedsItsPermits() {
        var generator = SeededGenerator.printed("half-open")
        for _ in 0..<100 {
            var configuration = CircuitBreakerConfiguration()
            configuration.windowSize = Int.random(in: 1...10, using: &generator)
            configuration.minimumCalls = Int.random(in: 1...5, using: &generator)
            configuration.halfOpenPermits = Int.random(in: 1...4, using: &generator)
            configuration.halfOpenTimeout = .seconds(3)
            var state = CircuitBreakerState(configuration)
            var now = ContinuousClock.now
            var out: [(CircuitBreakerState.Permit, CircuitBreakerState.Phase)] = []
            for _ in 0..<500 {
                now += .milliseconds(Int.random(in: 0...400, using: &generator))
                if Bool.random(using: &generator) {
                    if case .permit(let permit) = state.acquire(now: now) { out.append((permit, state.phase)) }
                } else if let index = out.indices.randomElement(using: &generator) {
                    let outcome = [CircuitBreakerState.Outcome.success, .failure, .ignored].randomElement(
                        using: &generator
                    )
                    state.record(out.remove(at: index).0, outcome ?? .ignored, duration: .zero, now: now)
                }
                if state.phase == .halfOpen {
                    let trials = out.count { $0.0.generation == state.generation && $0.1 == .halfOpen }
                    #expect(trials + state.trialsDone <= configuration.halfOpenPermits)
                }
            }
        }
    }
}

/// Collects events.
private final class EventBox: Sendable {
    let events = Mutex<[CircuitBreaker.Event]>([])
}
