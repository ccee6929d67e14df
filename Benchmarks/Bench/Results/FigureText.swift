// SPDX-License-Identifier: Apache-2.0
// Martlet: figures for people.

/// Figures as tables.
enum FigureText {
    /// One figure with its values, round by round.
    static func text(_ figure: Figure) -> String {
        let rounds = figure.values.first?.rounds.count ?? 0
        var rows = [["", "median", "unit"] + (1...max(1, rounds)).map { "round \($0)" }]
        for value in figure.values {
            rows.append([value.title, shortNumber(value.median), value.unit] + value.rounds.map(shortNumber))
        }
        let right = Set([1]).union(3..<(3 + max(1, rounds)))
        var lines = [
            "\(figure.name.rawValue): \(figure.title)", "", TextTable.render(rows, right: right), "", figure.method,
        ]
        if let share = figure.shareOfCeiling {
            lines.append("Share of the ceiling: \(shortNumber(share * 100)) % (the median of the rounds' shares).")
        }
        return lines.joined(separator: "\n")
    }

    /// All figures beside their bars.
    static func overview(_ figures: [Figure]) -> String {
        var rows = [["figure", "measured", "ceiling", "share", "bar", ""]]
        for figure in figures {
            var head = [figure.name.rawValue, measured(figure), ceiling(figure), share(figure)]
            for verdict in figure.verdicts {
                rows.append(head + [verdict.bar, verdict.isMet ? "met" : "NOT MET"])
                head = ["", "", "", ""]
            }
        }
        return "overview (medians)\n\n" + TextTable.render(rows, right: [3])
    }

    private static func measured(_ figure: Figure) -> String {
        if figure.ceiling != nil, let first = figure.values.first {
            return "\(shortNumber(first.median)) \(first.unit)"
        }
        return figure.values.prefix(3).map { "\($0.key) \(shortNumber($0.median)) \($0.unit)" }.joined(separator: ", ")
    }

    private static func ceiling(_ figure: Figure) -> String {
        guard let key = figure.ceiling, let value = figure.values.first(where: { $0.key == key }) else { return "" }
        return "\(shortNumber(value.median)) \(value.unit)"
    }

    private static func share(_ figure: Figure) -> String {
        figure.shareOfCeiling.map { "\(shortNumber($0 * 100)) %" } ?? ""
    }
}
