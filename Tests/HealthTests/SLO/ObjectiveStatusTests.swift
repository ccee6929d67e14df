// SPDX-License-Identifier: Apache-2.0
// Martlet: tests the arithmetic of objectives against figures worked out by hand.

import Platform
import Testing

@testable import Health

@Suite struct ObjectiveStatusTests {
    private static let now = time("2026-02-01T00:00:00Z")

    private func objective(_ share: Double = 0.99, minimum: Int = 100) -> ObjectiveDefinition {
        ObjectiveDefinition(
            id: "s",
            name: "s",
            objective: share,
            window: .seconds(30 * 86_400),
            indicator: .availability(checks: ["a"]),
            minimumEvents: minimum
        )
    }

    /// The whole window, then 1 h, 5 min, 6 h, 30 min, 1 d, 2 h, 3 d, 6 h; each with bad events of all.
    private func status(_ definition: ObjectiveDefinition, _ spans: [(bad: Int, of: Int)]) -> ObjectiveStatus {
        let events = spans.map {
            EventCounts(good: $0.of - $0.bad, total: $0.of, keptGood: $0.of - $0.bad, keptTotal: $0.of)
        }
        return ObjectiveStatus(definition, events: events, at: Self.now)
    }

    private func near(_ value: Double?, _ expected: Double) -> Bool { value.map { abs($0 - expected) < 1e-9 } ?? false }

    @Test func theSpansAreThoseOfTheWorkbook() {
        let hours = ObjectiveStatus.spans(of: objective()).map { Double($0.components.seconds) / 3_600 }
        #expect(hours == [720, 1, 5.0 / 60, 6, 0.5, 24, 2, 72, 6])
        #expect(BurnRate.pairs.map(\.factor) == [14.4, 6, 3, 1])
    }

    @Test func shareAndBudget() {
        // 99 % of 100,000 allows 1,000 bad ones; 250 are a quarter.
        let calm = status(objective(), [(250, 100_000)])
        #expect(near(calm.share, 0.9975) && near(calm.budgetRemaining, 0.75))
        let firing = calm.rates.count(where: \.isFiring)
        #expect(calm.exhaustedAt == nil && calm.rates.count == 4 && firing == 0)
        let over = status(objective(), [(1_500, 100_000)])
        #expect(near(over.budgetRemaining, -0.5) && over.exhaustedAt == Self.now)
        let empty = status(objective(), [])
        #expect(empty.share == nil && empty.budgetRemaining == nil && empty.exhaustedAt == nil)
        #expect(empty.rates.allSatisfy { $0.longBurn == nil && $0.shortBurn == nil && $0.isLowTraffic && !$0.isFiring })
    }

    @Test func aPairFiresWhenBothWindowsBurn() {
        // In the first pair 14.4 times the budget of 1 % is 14.4 % bad.
        func first(_ long: (bad: Int, of: Int), _ short: (bad: Int, of: Int)) -> BurnRate {
            status(objective(), [(0, 100_000), long, short]).rates[0]
        }
        let both = first((150, 1_000), (15, 100))
        #expect(near(both.longBurn, 15) && near(both.shortBurn, 15) && both.isFiring)
        #expect(!first((150, 1_000), (14, 100)).isFiring, "it is over already")
        #expect(!first((143, 1_000), (100, 100)).isFiring, "too short for the long window")
        #expect(!first((150, 1_000), (0, 0)).isFiring, "nothing happens at present")
    }

    @Test func eachPairHasItsFactor() {
        // Bad shares of 6.1 %, 3.1 % and 1.1 % in the later pairs, none in the first.
        let rates = status(
            objective(),
            [
                (0, 100_000), (0, 1_000), (0, 1_000), (61, 1_000), (61, 1_000), (31, 1_000), (31, 1_000), (11, 1_000),
                (11, 1_000),
            ]
        ).rates
        let firing = rates.map(\.isFiring)
        #expect(firing == [false, true, true, true])
        #expect(near(rates[1].longBurn, 6.1) && near(rates[2].shortBurn, 3.1) && near(rates[3].longBurn, 1.1))
        let below = status(
            objective(),
            [
                (0, 100_000), (0, 1_000), (0, 1_000), (59, 1_000), (59, 1_000), (29, 1_000), (29, 1_000), (9, 1_000),
                (9, 1_000),
            ]
        )
        let none = below.rates.count(where: \.isFiring)
        #expect(none == 0)
    }

    @Test func aFailureOfFewIsNoTrend() {
        let spans = [(bad: 0, of: 100_000), (bad: 50, of: 99), (bad: 50, of: 99)]
        let few = status(objective(minimum: 100), spans).rates[0]
        #expect(few.isLowTraffic && !few.isFiring && (few.longBurn ?? 0) > 14.4)
        let enough = status(objective(minimum: 99), spans).rates[0]
        #expect(!enough.isLowTraffic && enough.isFiring)
    }

    @Test func theForecastRestsOnTheLastSixHours() {
        // Half the budget is left and burns at twice the pace: 30 days * 0.5 / 2 = 7.5 days.
        let soon = status(objective(), [(500, 100_000), (0, 0), (0, 0), (20, 1_000)])
        #expect(near(soon.budgetRemaining, 0.5) && near(soon.rates[1].longBurn, 2))
        let days = soon.exhaustedAt.map { Double(($0 - Self.now).components.seconds) / 86_400 }
        #expect(days.map { abs($0 - 7.5) < 0.001 } == true)
        // At a quarter of the pace it lasts for 60 days, longer than the window.
        #expect(status(objective(), [(500, 100_000), (0, 0), (0, 0), (5, 2_000)]).exhaustedAt == nil)
        #expect(status(objective(), [(500, 100_000), (0, 0), (0, 0), (0, 1_000)]).exhaustedAt == nil)
    }

    @Test func maintenanceStandsInOneFigureAndNotInTheOther() {
        let whole = EventCounts(good: 900, total: 1_000, keptGood: 899, keptTotal: 900)
        let hour = EventCounts(good: 100, total: 200, keptGood: 100, keptTotal: 100)
        let status = ObjectiveStatus(objective(), events: [whole, hour, hour], at: Self.now)
        #expect(near(status.share, 0.9) && near(status.shareWithoutMaintenance, 899.0 / 900))
        #expect(
            near(status.budgetRemaining, 1 - (1.0 / 900) / 0.01),
            "the budget is spent outside of maintenance alone"
        )
        #expect(near(status.rates[0].longBurn, 0) && !status.rates[0].isFiring)
        let only = EventCounts(good: 0, total: 10, keptGood: 0, keptTotal: 0)
        let inside = ObjectiveStatus(objective(), events: [only], at: Self.now)
        #expect(inside.share == 0 && inside.shareWithoutMaintenance == nil && inside.budgetRemaining == nil)
    }
}
