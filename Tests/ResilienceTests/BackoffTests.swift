// SPDX-License-Identifier: Apache-2.0
// Martlet: waits between attempts.
import TestSupport
import Testing

@testable import Resilience

@Suite struct BackoffTests {
    @Test func exponentialDoublesUpToItsCap() {
        let backoff = Backoff.exponential(base: .milliseconds(100), cap: .seconds(1), jitter: .none)
        #expect(
            (1...6).map { backoff.ceiling(attempt: $0) } == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) }
        )
        #expect(backoff.ceiling(attempt: .max) == .seconds(1))
        #expect(backoff.ceiling(attempt: .min) == .milliseconds(100))
    }

    @Test func linearAndConstant() {
        #expect(Backoff.linear(step: .seconds(2), cap: .seconds(5)).ceiling(attempt: 2) == .seconds(4))
        #expect(Backoff.linear(step: .seconds(2), cap: .seconds(5)).ceiling(attempt: .max) == .seconds(5))
        #expect(Backoff.constant(.seconds(3)).delay(attempt: 9) == .seconds(3))
    }

    @Test func jitterStaysInItsRangeAndCoversIt() {
        var generator = SeededGenerator.printed("backoff")
        let full = Backoff.exponential(base: .seconds(1), cap: .seconds(8), jitter: .full)
        let equal = Backoff.exponential(base: .seconds(1), cap: .seconds(8), jitter: .equal)
        var fullSum = Duration.zero
        for attempt in 1...2000 {
            let wait = full.delay(attempt: attempt, using: &generator)
            #expect(wait >= .zero && wait <= full.ceiling(attempt: attempt))
            if attempt > 4 { fullSum += wait }
            let other = equal.delay(attempt: attempt, using: &generator)
            #expect(other >= equal.ceiling(attempt: attempt) / 2 && other <= equal.ceiling(attempt: attempt))
        }
        let mean = fullSum / 1996 / .seconds(1)
        #expect(mean > 3.6 && mean < 4.4, "full jitter has the mean of half its ceiling")
    }

    @Test func theSameSeedGivesTheSameWaits() {
        var one = SeededGenerator(seed: 7)
        var two = SeededGenerator(seed: 7)
        let backoff = Backoff.exponential()
        #expect(
            (1...20).map { backoff.delay(attempt: $0, using: &one) }
                == (1...20).map { backoff.delay(attempt: $0, using: &two) }
        )
    }
}
