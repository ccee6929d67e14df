// SPDX-License-Identifier: Apache-2.0
// Martlet: medians, shares and verdicts.

import Testing

@testable import Bench

@Suite struct FigureTests {
    private func figure(_ rounds: [[String: Double]]) -> Figure {
        let plan = FigurePlan(
            name: .drain,
            title: "",
            values: [.init(key: "jobs", title: "", unit: ""), .init(key: "life", title: "", unit: "")],
            ceiling: "life",
            bars: [.share(0.4), .atLeast("jobs", 20_000), .below("life", 70)],
            method: ""
        )
        return Figure(plan, rounds: rounds)
    }

    @Test func comparesEachRoundWithItsOwnCeiling() throws {
        // The medians alone (30 of 70) would say 43 %; the rounds' own shares are 50, 30 and 20 %.
        let figure = figure([["jobs": 50, "life": 100], ["jobs": 21, "life": 70], ["jobs": 30, "life": 150]])
        #expect(figure.median("jobs") == 30)
        #expect(try #require(figure.shareOfCeiling).isEqual(to: 0.3))
        #expect(figure.verdicts.map(\.isMet) == [false, false, false])
    }

    @Test func saysWhenABarIsMet() {
        let figure = figure([["jobs": 20_000, "life": 50_000]])
        #expect(figure.verdicts.map(\.isMet) == [true, true, false])
        #expect(
            figure.verdicts.map(\.bar) == ["at least 40 % of the ceiling", "jobs at least 20,000", "life below 70"]
        )
    }

    @Test func valuesThatWereNotMeasuredMeetNothing() {
        #expect(figure([[:]]).verdicts.map(\.isMet) == [false, false, false])
    }

    @Test func takesMediansAndPercentiles() {
        #expect([3.0, 1, 2].median == 2)
        #expect([4.0, 1, 2, 3].median == 2.5)
        #expect([Double]().median == 0)
        let hundred = (1...100).map(Double.init)
        #expect(hundred.percentile(0.5) == 50)
        #expect(hundred.percentile(0.99) == 99)
        #expect([7.0].percentile(0.99) == 7)
    }

    @Test(arguments: [
        (0.0, "0.00"), (0.126, "0.13"), (9.999, "10.00"), (12.34, "12.3"), (99.96, "100.0"), (100, "100"),
        (1_234_567.4, "1,234,567"), (-1_234, "-1,234"), (.infinity, "-"),
    ])
    func writesNumbersForPeople(_ value: Double, _ text: String) {
        #expect(shortNumber(value) == text)
    }
}
