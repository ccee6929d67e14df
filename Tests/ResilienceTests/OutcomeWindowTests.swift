// SPDX-License-Identifier: Apache-2.0
// Martlet: the breaker's window against a brute-force oracle.
import TestSupport
import Testing

@testable import Resilience

@Suite struct OutcomeWindowTests {
    @Test func equalsTheOracle() {
        var generator = SeededGenerator.printed("window")
        for _ in 0..<200 {
            let size = Int.random(in: 1...40, using: &generator)
            var window = OutcomeWindow(size: size)
            var all: [OutcomeWindow.Outcome] = []
            for _ in 0..<Int.random(in: 0...150, using: &generator) {
                if Int.random(in: 0..<60, using: &generator) == 0 {
                    window.removeAll()
                    all = []
                }
                let outcome = OutcomeWindow.Outcome(
                    isFailure: Bool.random(using: &generator),
                    isSlow: Int.random(in: 0..<4, using: &generator) == 0
                )
                window.add(outcome)
                all.append(outcome)
                let last = all.suffix(size)
                #expect(window.count == last.count)
                #expect(window.failures == last.count { $0.isFailure })
                #expect(window.slow == last.count { $0.isSlow })
            }
        }
    }
}
