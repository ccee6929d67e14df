// SPDX-License-Identifier: Apache-2.0
// Martlet: the adaptive limiter: shares, bounds, and convergence in a simulation.
import TestSupport
import Testing

@testable import Resilience

@Suite struct AdaptiveLimiterTests {
    private func fixed(_ limit: Int, shares: [String: Double]) -> AdaptiveLimiter {
        var configuration = AdaptiveLimitConfiguration()
        configuration.minimum = limit
        configuration.maximum = limit
        configuration.initial = limit
        return AdaptiveLimiter(configuration: configuration, shares: shares)
    }

    @Test func batchTrafficCannotStarveSingleJobs() {
        let limiter = fixed(10, shares: ["single": 0.7, "batch": 0.3])
        var batch = 0
        while limiter.acquire(partition: "batch") != nil { batch += 1 }
        #expect(batch == 10, "what nobody needs may be used")
        var single = 0
        while limiter.acquire(partition: "single") != nil { single += 1 }
        #expect(single == 7, "the guarantee holds although the limit is used up")
        #expect(limiter.snapshot.rejected == ["batch": 1, "single": 1])
    }

    @Test func releasedPermitsAreThereAgain() throws {
        let limiter = fixed(2, shares: [:])
        let first = try #require(limiter.acquire())
        _ = try #require(limiter.acquire())
        #expect(limiter.acquire() == nil)
        limiter.release(first)
        #expect(limiter.acquire() != nil)
        #expect(limiter.snapshot.inFlight == 2)
    }

    @Test func runReleasesOnErrorsToo() async {
        struct Broken: Error {}
        let limiter = fixed(1, shares: [:])
        await #expect(throws: Broken.self) { try await limiter.run { throw Broken() } }
        #expect(limiter.snapshot.inFlight == 0)
        let error = await #expect(throws: ResilienceError.self) {
            try await limiter.run { try await limiter.run {} }
        }
        #expect(error?.code == .limitReached)
        #expect(limiter.snapshot.inFlight == 0)
    }

    @Test func inFlightNeverExceedsLimitPlusGuarantees() {
        var generator = SeededGenerator.printed("limiter")
        let limiter = fixed(20, shares: ["a": 0.5, "b": 0.2])
        var permits: [AdaptiveLimiter.Permit] = []
        for _ in 0..<5000 {
            if Int.random(in: 0..<5, using: &generator) < 3 {
                let partition = ["a", "b", "other"].randomElement(using: &generator) ?? "a"
                if let permit = limiter.acquire(partition: partition) { permits.append(permit) }
            } else if let index = permits.indices.randomElement(using: &generator) {
                limiter.release(permits.remove(at: index))
            }
            #expect(limiter.snapshot.inFlight == permits.count)
            #expect(permits.count <= 20 + 10 + 4)
        }
    }

    @Test func dropsLowerTheLimit() {
        var now = ContinuousClock.now
        var limit = AdaptiveLimit(AdaptiveLimitConfiguration(), now: now)
        for _ in 0..<20 {
            now += .milliseconds(20)
            limit.record(.dropped, latency: .seconds(1), inFlight: 20, now: now)
        }
        #expect(limit.limit == 16, "two windows of ten: 20 x 0.9 x 0.9")
    }

    @Test func anUnusedLimitDoesNotGrow() {
        var now = ContinuousClock.now
        var limit = AdaptiveLimit(AdaptiveLimitConfiguration(), now: now)
        for _ in 0..<1000 {
            now += .milliseconds(10)
            limit.record(.success, latency: .milliseconds(5), inFlight: 3, now: now)
        }
        #expect(limit.limit == 20)
    }

    /// A service that works on `capacity` calls at once, each for `latency`; more only wait. Demand is endless.
    private func simulate(
        capacity: Double,
        latency: Double,
        seconds: Double,
        limit: inout AdaptiveLimit,
        now: inout ContinuousClock.Instant,
        generator: inout SeededGenerator
    ) -> [Int] {
        var history: [Int] = []
        let end = now + .seconds(seconds)
        while now < end {
            let inFlight = limit.limit
            let load = max(1, Double(inFlight) / capacity)
            let noise = Double.random(in: 0.8...1.2, using: &generator)
            let sample = latency * load * noise
            // In one round each place serves one call.
            for _ in 0..<inFlight {
                now += .seconds(latency * load / Double(inFlight))
                limit.record(.success, latency: .seconds(sample), inFlight: inFlight, now: now)
            }
            history.append(limit.limit)
        }
        return history
    }

    @Test(arguments: [20.0, 60.0, 200.0])
    func convergesToTheCapacity(capacity: Double) {
        var generator = SeededGenerator.printed("simulation of \(capacity)")
        var now = ContinuousClock.now
        var limit = AdaptiveLimit(AdaptiveLimitConfiguration(), now: now)
        _ = simulate(capacity: capacity, latency: 0.01, seconds: 60, limit: &limit, now: &now, generator: &generator)
        let history = simulate(
            capacity: capacity,
            latency: 0.01,
            seconds: 200,
            limit: &limit,
            now: &now,
            generator: &generator
        )
        let mean = Double(history.reduce(0, +)) / Double(history.count)
        #expect(mean >= capacity, "the service is kept busy; mean \(mean)")
        #expect(mean <= capacity * 2.2, "the queue stays bounded in a lasting overload; mean \(mean)")
    }

    @Test func adaptsWhenTheServiceBecomesSlower() {
        var generator = SeededGenerator.printed("slower")
        var now = ContinuousClock.now
        var limit = AdaptiveLimit(AdaptiveLimitConfiguration(), now: now)
        _ = simulate(capacity: 100, latency: 0.01, seconds: 60, limit: &limit, now: &now, generator: &generator)
        let before = limit.limit
        _ = simulate(capacity: 25, latency: 0.01, seconds: 60, limit: &limit, now: &now, generator: &generator)
        #expect(limit.limit < before)
        #expect(limit.limit <= 25 * 3)
        // The same capacity at four times the latency: the baseline must follow by probing, or the limit would stay at
        // its minimum.
        let history = simulate(
            capacity: 100,
            latency: 0.04,
            seconds: 120,
            limit: &limit,
            now: &now,
            generator: &generator
        )
        let late = history.suffix(history.count / 2)
        #expect(Double(late.reduce(0, +)) / Double(late.count) >= 80)
    }
}
