// SPDX-License-Identifier: Apache-2.0
// Martlet: what a figure consists of.

/// What a measurement yields, and the bars that it must clear.
struct FigurePlan: Sendable {
    /// A value by its key in a round, its title and its unit.
    struct Value: Sendable {
        var key: String
        var title: String
        var unit: String
    }

    /// What is asked of the medians.
    enum Bar: Sendable {
        /// The share of the ceiling that the value must reach.
        case share(Double)
        /// The least that a value may be.
        case atLeast(String, Double)
        /// What a value must stay below.
        case below(String, Double)
    }

    var name: FigureName
    var title: String
    /// The values in the order in which they are shown; the first is the figure.
    var values: [Value]
    /// The key of the ceiling, if there is one.
    var ceiling: String?
    var bars: [Bar]
    /// Rounds at most, for what takes long and varies little.
    var mostRounds = Int.max
    /// How it was measured, in a sentence or two.
    var method: String
}
