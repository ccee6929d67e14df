// SPDX-License-Identifier: Apache-2.0
// Martlet: a judgement with a clock, stepped by a test, and what people are told by it.

import Platform

@testable import Health

/// One check `a`, looked at from some locations.
struct JudgementScene {
    var judgement: Judgement
    var now = Timestamp(seconds: 1_800_000_000)
    var maintenance: Set<String> = []
    let check: CheckDefinition
    private var machines: [String: CheckMachine] = [:]
    /// What was told, as `receiver:event`, oldest first.
    var told: [String] = []
    /// All of it.
    var notifications: [OutgoingNotification] = []

    init(
        _ routes: NotificationRoute...,
        quorum: Quorum = .majority,
        change: (inout CheckDefinition) -> Void = { _ in }
    ) throws {
        let policy = try NotificationPolicy(routes: routes)
        judgement = Judgement(policy: policy)
        var check = CheckDefinition(
            id: "a",
            kind: "script",
            target: "a",
            interval: .seconds(10),
            probe: ScriptedProbe(.up)
        )
        check.quorum = quorum
        change(&check)
        self.check = check
        judgement.load([check], policy: policy, pageURL: nil)
    }

    /// Finds something from each location, and lets an interval pass.
    mutating func find(_ findings: [ProbeResult.Status], parts: [ProbeResult.Part] = []) {
        now = now + check.interval
        var observations: [Observation] = []
        for (place, status) in findings.enumerated() {
            let reason = status == .up ? nil : "said \(status)"
            let result = ProbeResult(status: status, reason: reason, latency: .milliseconds(5), parts: parts)
            machines["l\(place)", default: CheckMachine()].take(result, at: now, check.thresholds)
            guard let machine = machines["l\(place)"] else { continue }
            observations.append(
                Observation(check: "a", location: "l\(place)", machine: machine, result: result, at: now)
            )
        }
        see(observations)
    }

    /// Judges observations and decides.
    mutating func see(_ observations: [Observation]) {
        _ = judgement.judge("a", by: observations, at: now)
        decide()
    }

    mutating func decide() {
        judgement.decide(maintenance: maintenance, at: now)
        let fresh = judgement.takeUntold()
        notifications += fresh
        told += fresh.filter { !$0.receiver.isEmpty }.map { "\($0.receiver):\($0.event)" }
    }

    /// The records of events beside incidents.
    var records: [String] { notifications.filter(\.receiver.isEmpty).map(\.id) }
    /// What was told of an event, how often.
    func count(_ event: String) -> Int { told.count { $0.hasSuffix(":\(event)") } }
}
