// SPDX-License-Identifier: Apache-2.0
// Martlet: words, times and numbers of the page without scripts.

internal import Health
internal import Platform

/// Says in HTML what `states.js` and `time.js` say on the page with scripts.
enum PlainWords {
    /// Worst first, as people want to read them.
    private static let order: [CheckState] = [.down, .degraded, .unknown, .maintenance, .up]

    static func word(_ state: CheckState) -> String {
        switch state {
        case .up: "Operational"
        case .degraded: "Degraded"
        case .down: "Down"
        case .unknown: "Unknown"
        case .maintenance: "Maintenance"
        }
    }

    /// The statement at the top, not yet escaped.
    static func headline(_ state: CheckState, _ checks: [(name: String, state: CheckState)]) -> String {
        if checks.isEmpty { return "No checks are published yet" }
        let down = checks.filter { $0.state == .down }
        let degraded = checks.filter { $0.state == .degraded }
        switch state {
        case .up: return "All systems operational"
        case .down:
            if down.count == checks.count { return "All systems are down" }
            return down.count == 1 ? "\(down[0].name) is down" : "Some systems are down"
        case .degraded:
            return degraded.count == 1 && down.isEmpty
                ? "\(degraded[0].name) is degraded" : "Some systems are degraded"
        case .maintenance: return "Maintenance in progress"
        case .unknown: return "The state of some systems is unknown"
        }
    }

    /// How many of each state there are.
    static func tally(_ states: [CheckState]) -> String {
        order.compactMap { state in
            let count = states.count { $0 == state }
            return count > 0 ? "\(count) \(word(state).lowercased())" : nil
        }.joined(separator: " · ")
    }

    /// A time to the minute, in UTC: without scripts nobody knows the reader's zone.
    static func time(_ time: Timestamp) -> String {
        let text = time.formatted(fractionDigits: 0)
        return "<time datetime=\"\(text)\">\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC</time>"
    }

    /// Cut, not rounded: 99.996 % is not 100 %.
    static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 10_000).rounded(.down))
        if hundredths >= 10_000 { return "100%" }
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)%"
    }

    static func chips(_ names: [String]) -> String {
        if names.isEmpty { return "" }
        let most = 50
        let rest = names.count > most ? "<li class=\"chip chip-more\">and \(names.count - most) more</li>" : ""
        return
            "<ul class=\"chips\">\(names.prefix(most).map { "<li class=\"chip\">\($0.markup)</li>" }.joined())\(rest)</ul>"
    }
}

extension String {
    /// With its first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
