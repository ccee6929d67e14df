// SPDX-License-Identifier: Apache-2.0
// Martlet: a small picture of a check's state for other pages.

internal import Health
internal import Platform

/// A badge in SVG.
struct Badge {
    private let label: String
    private let value: String
    private let color: String

    /// Makes a badge of a public check; nil for other checks and kinds.
    init?(kind: String, of id: String, _ engine: HealthEngine) {
        guard let check = engine.configuration.checks.first(where: { $0.id == id }), check.isPublic else { return nil }
        let picture = engine.judge.picture
        switch kind {
        case "status":
            let state = StatusDocument.state(of: id, picture)
            (label, value, color) = (check.name, state.rawValue.lowercased(), Self.color(of: state))
        case "latency":
            let all = engine.board.observations(of: id).filter { $0.state == .up || $0.state == .degraded }
            let mean = all.isEmpty ? nil : all.map(\.latency).reduce(.zero, +) / all.count
            label = "\(check.name) latency"
            value = mean.map { "\(Int(($0 / .milliseconds(1)).rounded())) ms" } ?? "no data"
            color = "#4a5b6c"
        default:
            guard let sum = engine.uptimes.sums(of: id).first(where: { $0.span == kind }) else {
                return nil
            }
            label = "\(check.name) \(kind)"
            guard let share = sum.counts.availabilityWithoutMaintenance else {
                (value, color) = ("no data", "#6b7280")
                return
            }
            // Cut, not rounded: 99.996 % is not 100 %.
            let hundredths = Int((share * 10_000).rounded(.down))
            value = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) %"
            color = share >= 0.999 ? "#1a7f37" : share >= 0.99 ? "#9a6700" : "#b42318"
        }
    }

    /// The picture.
    var svg: String {
        let (left, right) = (Self.width(label), Self.width(value))
        let all = left + right
        let (name, text) = (label.markup, value.markup)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(all)" height="20" role="img" aria-label="\(name): \(text)"><title>\(name): \(text)</title>\
            <rect width="\(all)" height="20" rx="3" fill="#3b4652"/><path d="M\(left) 0h\(right - 3)a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H\(left)z" fill="\(color)"/>\
            <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="\(left / 2)" y="14">\(name)</text>\
            <text x="\(left + right / 2)" y="14">\(text)</text></g></svg>
            """
    }

    private static func width(_ text: String) -> Int { text.count * 7 + 14 }

    private static func color(of state: CheckState) -> String {
        switch state {
        case .up: "#1a7f37"
        case .degraded: "#9a6700"
        case .down: "#b42318"
        case .unknown: "#6b7280"
        case .maintenance: "#1f5fa8"
        }
    }
}
