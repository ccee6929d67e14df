// SPDX-License-Identifier: Apache-2.0
// Martlet: an error budget that burns too fast, as a check like any other: it opens an incident, and people are told.

internal import Platform

/// Looks at where an objective stands: down when its budget burns at 6 times the sustainable rate or more, degraded from the sustainable rate on, by both
/// windows of a pair.
struct ObjectiveProbe: Probe {
    /// From this burn rate on somebody must act now.
    static let urgent = 6.0

    let book: ObjectiveBook
    let id: String

    func run(timeout: Duration) async -> ProbeResult {
        guard let status = book.statuses.first(where: { $0.definition.id == id }) else {
            return ProbeResult(status: .unknown, reason: "the objective was not worked out yet", latency: .zero)
        }
        return Self.judge(status)
    }

    static func judge(_ status: ObjectiveStatus) -> ProbeResult {
        let value = status.budgetRemaining
        guard let worst = status.rates.filter(\.isFiring).max(by: { $0.factor < $1.factor }) else {
            let hasEvents = status.share != nil
            return ProbeResult(
                status: hasEvents ? .up : .unknown,
                reason: hasEvents ? nil : "nothing was counted yet",
                latency: .zero,
                value: value
            )
        }
        let rate = ((worst.longBurn ?? 0) * 10).rounded() / 10
        let left = value.map { "\(Int(($0 * 100).rounded())) % of it is left" } ?? "what is left is not known"
        return ProbeResult(
            status: worst.factor >= urgent ? .down : .degraded,
            reason:
                "the error budget burns \(rate) times as fast as it may, over \(worst.long.words); \(left)",
            latency: .zero,
            value: value
        )
    }

    /// The check of an objective.
    static func check(_ definition: ObjectiveDefinition, _ book: ObjectiveBook) -> CheckDefinition {
        let share = ((definition.objective * 1_000_000).rounded() / 10_000)
        var check = CheckDefinition(
            id: "slo.\(definition.id)",
            kind: "slo",
            target: "\(share) % over \(definition.window.words)",
            interval: .seconds(15),
            probe: ObjectiveProbe(book: book, id: definition.id)
        )
        check.name = "Error budget of \(definition.name)"
        check.thresholds.failures = 1
        check.thresholds.successes = 1
        check.isPublic = false
        check.rules = IncidentRules(name: check.name, interval: check.interval, timeout: check.timeout)
        // While what is counted is down, its own incident says so.
        switch definition.indicator {
        case .availability(let checks), .latency(let checks, _): check.dependsOn = checks
        case .prometheus: break
        }
        return check
    }
}
