// SPDX-License-Identifier: Apache-2.0
// The pauses between attempts.

import TestSupport
import Testing

@testable import Jobs

@Suite struct RetryPolicyTests {
    @Test func pausesStayWithinTheirBound() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let policy = RetryPolicy(kind: .exponential, base: .seconds(1), cap: .seconds(100))
        for attempt in 1...200 {
            let bound = min(Duration.seconds(100), .seconds(1) * (1 << min(attempt - 1, 30)))
            let pause = policy.pause(afterAttempt: attempt, using: &generator)
            #expect(pause >= .zero && pause <= bound)
        }
    }

    @Test func jitterIsFull() {
        var generator = SeededGenerator(seed: 7)
        let policy = RetryPolicy(kind: .exponential, base: .seconds(10), cap: .seconds(10))
        let pauses = (0..<1_000).map { _ in policy.pause(afterAttempt: 1, using: &generator).inSeconds }
        #expect(pauses.min() ?? 9 < 0.5)
        #expect(pauses.max() ?? 0 > 9.5)
    }

    @Test func constantHasNoJitter() {
        var generator = SeededGenerator(seed: 1)
        let policy = RetryPolicy(kind: .constant, base: .seconds(3), cap: .seconds(3))
        #expect(policy.pause(afterAttempt: 12, using: &generator) == .seconds(3))
    }

    @Test func linearGrowsByItsBase() {
        var generator = SeededGenerator(seed: 2)
        let policy = RetryPolicy(kind: .linear, base: .seconds(2), cap: .seconds(7))
        for attempt in 1...10 {
            #expect(policy.pause(afterAttempt: attempt, using: &generator) <= min(.seconds(7), .seconds(2) * attempt))
        }
    }
}
