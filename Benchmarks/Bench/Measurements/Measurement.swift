// SPDX-License-Identifier: Apache-2.0
// Martlet: one figure's measurement, round by round.

/// Measures one figure.
protocol Measurement: Sendable {
    /// What it yields and what is asked of it.
    var plan: FigurePlan { get }
    /// Measures once; `index` counts from 0.
    ///
    /// - Returns: Values by the plan's keys.
    func round(_ index: Int, in lab: Lab) async throws -> [String: Double]
}

extension Measurement {
    /// Measures all rounds.
    func figure(in lab: Lab) async throws -> Figure {
        let rounds = min(lab.options.rounds, plan.mostRounds)
        var values: [[String: Double]] = []
        for index in 0..<rounds {
            Progress.say("\(plan.name.rawValue) \(index + 1)/\(rounds): \(plan.title)")
            let round = try await self.round(index, in: lab)
            values.append(round)
            let shown = round.sorted { $0.key < $1.key }.map { "\($0.key) \(shortNumber($0.value))" }
            Progress.say("    \(shown.joined(separator: ", "))")
        }
        return Figure(plan, rounds: values)
    }
}
