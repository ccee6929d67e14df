// SPDX-License-Identifier: Apache-2.0
// Martlet: repeated lines are counted, and not lost without a word.

import Logging
import Testing

@testable import Platform

@Suite struct RepeatedLinesTests {
    private let here = RepeatedLines.Site(file: "a", line: 1)
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    @Test func aBurstIsCutAndCounted() {
        var lines = RepeatedLines(limit: 3)
        let shown = (0..<10).map { _ in lines.admit(here, now: at(0)).isShown }
        #expect(shown == [true, true, true] + Array(repeating: false, count: 7))
        #expect(lines.admit(RepeatedLines.Site(file: "a", line: 2), now: at(0)) == (true, 0))
        let next = lines.admit(here, now: at(10))
        #expect(next == (true, 7))
        #expect(lines.admit(here, now: at(10)) == (true, 0))
    }

    @Test func aClockThatIsSetBackSilencesNobody() {
        var lines = RepeatedLines(limit: 1)
        #expect(lines.admit(here, now: at(1_000)).isShown)
        #expect(!lines.admit(here, now: at(1_001)).isShown)
        #expect(lines.admit(here, now: at(0)) == (true, 1))
    }

    @Test func withoutALimitAllIsShown() {
        var lines = RepeatedLines(limit: nil)
        for _ in 0..<1_000 { #expect(lines.admit(here, now: at(0)) == (true, 0)) }
    }
}
