// SPDX-License-Identifier: Apache-2.0
// How much goes onto the bus.

import Testing

@testable import Jobs

@Suite struct BusWindowTests {
    private let lane = Lane(queue: 1, priority: 0)
    private let start = ContinuousClock.now

    @Test func newJobsFillHalfAndNoMore() {
        var window = BusWindow(limit: 100)
        #expect(window.reserve(lane, count: 30, now: start) == 30)
        #expect(window.reserve(lane, count: 30, now: start) == 20)
        #expect(window.reserve(lane, count: 30, now: start) == 0)
    }

    @Test func lanesDoNotShareTheirRoom() {
        var window = BusWindow(limit: 100)
        #expect(window.reserve(lane, count: 50, now: start) == 50)
        #expect(window.reserve(Lane(queue: 2, priority: 0), count: 50, now: start) == 50)
    }

    @Test func aTrueLengthReplacesTheGuess() {
        var window = BusWindow(limit: 100)
        #expect(window.reserve(lane, count: 50, now: start) == 50)
        window.observe(lane, length: 10, now: start)
        #expect(window.reserve(lane, count: 50, now: start) == 40)
    }

    @Test func aFullStreamIsProbedNowAndThen() {
        var window = BusWindow(limit: 100)
        window.observe(lane, length: 100, now: start)
        #expect(window.reserve(lane, count: 500, now: start + .milliseconds(10)) == 0)
        #expect(window.reserve(lane, count: 500, now: start + .milliseconds(60)) == 64)
        #expect(window.reserve(lane, count: 500, now: start + .milliseconds(70)) == 0)
    }

    @Test func aMissingStreamRestsForASecondAndIsProbedThen() {
        var window = BusWindow(limit: 1_000)
        window.rest(lane, now: start)
        #expect(window.reserve(lane, count: 100, now: start + .milliseconds(900)) == 0)
        #expect(window.reserve(lane, count: 100, now: start + .milliseconds(1_100)) == 64)
        #expect(window.reserve(lane, count: 100, now: start + .milliseconds(1_110)) == 0)
        window.observe(lane, length: 64, now: start + .milliseconds(1_120))
        #expect(window.reserve(lane, count: 100, now: start + .milliseconds(1_130)) == 100)
    }
}
