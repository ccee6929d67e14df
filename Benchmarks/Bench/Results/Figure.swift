// SPDX-License-Identifier: Apache-2.0
// Martlet: a measured figure.

/// The medians of a figure's rounds, beside its ceiling and its bars.
struct Figure: Codable, Sendable {
    /// One value over all rounds.
    struct Series: Codable, Sendable {
        var key: String
        var title: String
        var unit: String
        var median: Double
        var rounds: [Double]
    }

    /// A bar and whether the medians clear it.
    struct Verdict: Codable, Sendable {
        var bar: String
        var isMet: Bool
    }

    var name: FigureName
    var title: String
    var method: String
    var values: [Series]
    /// The median over the rounds of value to ceiling, each of the same round.
    var shareOfCeiling: Double?
    var ceiling: String?
    var verdicts: [Verdict]

    init(_ plan: FigurePlan, rounds: [[String: Double]]) {
        name = plan.name
        title = plan.title
        method = plan.method
        ceiling = plan.ceiling
        values = plan.values.map { value in
            let all = rounds.map { $0[value.key] ?? .nan }
            return Series(key: value.key, title: value.title, unit: value.unit, median: all.median, rounds: all)
        }
        if let first = plan.values.first, let ceiling = plan.ceiling {
            shareOfCeiling = rounds.map { ($0[first.key] ?? 0) / ($0[ceiling] ?? .infinity) }.median
        }
        verdicts = []
        verdicts = plan.bars.map(verdict)
    }

    /// A value's median.
    func median(_ key: String) -> Double { values.first { $0.key == key }?.median ?? .nan }

    private func verdict(_ bar: FigurePlan.Bar) -> Verdict {
        switch bar {
        case .share(let share):
            let percent = shortNumber(share * 100).prefix { $0 != "." }
            return Verdict(bar: "at least \(percent) % of the ceiling", isMet: (shareOfCeiling ?? 0) >= share)
        case .atLeast(let key, let bound):
            return Verdict(bar: "\(key) at least \(plain(bound))", isMet: median(key) >= bound)
        case .below(let key, let bound):
            return Verdict(bar: "\(key) below \(plain(bound))", isMet: median(key) < bound)
        }
    }

    private func plain(_ bound: Double) -> String {
        bound >= 100 ? shortNumber(bound) : String(shortNumber(bound).prefix { $0 != "." })
    }
}
