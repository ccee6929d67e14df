// SPDX-License-Identifier: Apache-2.0
// Martlet: the conditions of a check, and the result that they make of what was found.

/// Two lists of conditions: what must hold for the target to be up at all, and what must hold for it to be well.
public struct Expectations: Sendable, Equatable {
    /// One that fails makes the target down; none means the default of the probe's kind.
    public var conditions: [Condition]
    /// One that fails makes the target degraded.
    public var degraded: [Condition]

    /// Makes expectations; by default none.
    public init(conditions: [Condition] = [], degraded: [Condition] = []) {
        self.conditions = conditions
        self.degraded = degraded
    }

    /// With the kind's own conditions where none were given.
    func orDefault(_ conditions: [Condition]) -> Expectations {
        self.conditions.isEmpty ? Expectations(conditions: conditions, degraded: degraded) : self
    }

    /// Whether one of them looks at `count`, so that nothing found is a finding too.
    var areAboutCount: Bool { (conditions + degraded).contains { $0.subject == .count } }

    /// Judges what was found. A status other than up, from the probe itself, is not made better.
    func judge(_ facts: ProbeFacts, atBest: ProbeResult.Status = .up, because: String? = nil) -> ProbeResult {
        var parsed: Result<JSONValue, JSONTrouble>?
        let json = { () -> Result<JSONValue, JSONTrouble>? in
            guard parsed == nil, let document = facts.document else { return parsed }
            do throws(JSONTrouble) { parsed = .success(try JSONValue(parsing: document)) } catch {
                parsed = .failure(error)
            }
            return parsed
        }
        var result = ProbeResult(
            status: atBest,
            reason: because,
            latency: facts.latency,
            certificateExpiry: facts.certificateExpiry,
            value: facts.value
        )
        guard atBest == .up || atBest == .degraded else { return result }
        let failed = conditions.compactMap { $0.complaint(facts, json) }
        if let reason = Self.summary(failed) {
            (result.status, result.reason) = (.down, reason)
            return result
        }
        if let reason = Self.summary(degraded.compactMap({ $0.complaint(facts, json) })), atBest == .up {
            (result.status, result.reason) = (.degraded, reason)
        }
        return result
    }

    private static func summary(_ complaints: [String]) -> String? {
        guard let first = complaints.first else { return nil }
        guard complaints.count > 1 else { return first.oneLine(limit: 200) }
        return first.oneLine(limit: 180) + " (and \(complaints.count - 1) more)"
    }
}
