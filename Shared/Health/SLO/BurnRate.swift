// SPDX-License-Identifier: Apache-2.0
// Martlet: how fast an error budget is being used up, and when it will be gone.

public import Platform

/// One pair of windows of the multi-window, multi-burn-rate method (Google, The Site Reliability Workbook, chapter 5, table 5-8).
public struct BurnRate: Sendable, Equatable {
    /// The pairs: 2 % of 30 days in an hour, 5 % in six, 10 % in a day, 10 % in three.
    static let pairs: [(long: Duration, short: Duration, factor: Double)] = [
        (.seconds(3_600), .seconds(300), 14.4), (.seconds(21_600), .seconds(1_800), 6),
        (.seconds(86_400), .seconds(7_200), 3), (.seconds(259_200), .seconds(21_600), 1),
    ]

    /// The long window, and the short one that says whether it still burns.
    public var long, short: Duration
    /// The burn rate that alerts: 1 uses up the whole budget in exactly the objective's window.
    public var factor: Double
    /// The rates in both windows; nil without events.
    public var longBurn, shortBurn: Double?
    /// Whether there are too few events for a verdict.
    public var isLowTraffic: Bool

    /// Whether it alerts: both windows burn as fast, and there are enough events.
    public var isFiring: Bool {
        guard let longBurn, let shortBurn, !isLowTraffic else { return false }
        return longBurn >= factor && shortBurn >= factor
    }
}

/// What stands of an objective at a time.
public struct ObjectiveStatus: Sendable, Equatable {
    /// The objective.
    public var definition: ObjectiveDefinition
    /// The share of good events over the whole window; nil without events.
    public var share: Double?
    /// The same without maintenance.
    public var shareWithoutMaintenance: Double?
    /// The share of the error budget that is left, without maintenance; negative when it is overdrawn.
    public var budgetRemaining: Double?
    /// The burn rates.
    public var rates: [BurnRate]
    /// When the budget will be gone if it burns on as in the last six hours; nil when it does not burn, or lasts longer than the window.
    public var exhaustedAt: Timestamp?

    /// Works it out.
    ///
    /// - Parameters:
    ///   - events: The events of the whole window, then of each pair's long and short window, as ``spans(of:)`` lists them.
    init(_ definition: ObjectiveDefinition, events: [EventCounts], at now: Timestamp) {
        self.definition = definition
        let budget = 1 - definition.objective
        let whole = events.first ?? EventCounts()
        share = whole.share
        shareWithoutMaintenance = whole.keptShare
        budgetRemaining = whole.keptShare.map { 1 - (1 - $0) / budget }
        rates = BurnRate.pairs.enumerated().map { place, pair in
            let (long, short) = (Self.at(events, 1 + place * 2), Self.at(events, 2 + place * 2))
            return BurnRate(
                long: pair.long,
                short: pair.short,
                factor: pair.factor,
                longBurn: long.keptShare.map { (1 - $0) / budget },
                shortBurn: short.keptShare.map { (1 - $0) / budget },
                isLowTraffic: long.keptTotal < definition.minimumEvents
            )
        }
        if let left = budgetRemaining, left <= 0 {
            exhaustedAt = now
        } else if let left = budgetRemaining, let burn = rates[1].longBurn, burn > 0 {
            // At a rate of 1 the whole budget lasts for the window.
            let seconds = Double(definition.window.components.seconds) * left / burn
            exhaustedAt = seconds < Double(definition.window.components.seconds) ? now + .seconds(Int64(seconds)) : nil
        }
    }

    private static func at(_ events: [EventCounts], _ place: Int) -> EventCounts {
        events.indices.contains(place) ? events[place] : EventCounts()
    }

    /// The spans whose events are needed.
    static func spans(of definition: ObjectiveDefinition) -> [Duration] {
        [definition.window] + BurnRate.pairs.flatMap { [$0.long, $0.short] }
    }
}
