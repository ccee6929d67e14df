// SPDX-License-Identifier: Apache-2.0
// A wake-up that is never missed, also after many waits that timed out.

import Testing

@testable import Platform

/// What is missed runs into the time limit.
@Suite(.timeLimit(.minutes(1))) struct SignalTests {
    @Test func aSignalBeforeTheWaitEndsItAtOnce() async {
        let signal = Signal()
        signal.signal()
        await signal.wait(timeout: .seconds(600))
    }

    @Test func itWorksAfterWaitsThatTimedOut() async {
        let signal = Signal()
        for _ in 0..<3 {
            let start = ContinuousClock.now
            await signal.wait(timeout: .milliseconds(30))
            #expect(ContinuousClock.now - start >= .milliseconds(30))
        }
        async let waited: Void = signal.wait(timeout: .seconds(600))
        signal.signal()
        await waited
    }
}
