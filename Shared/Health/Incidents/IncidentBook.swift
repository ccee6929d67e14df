// SPDX-License-Identifier: Apache-2.0
// Martlet: decides when an incident opens, who its cause is, and when it is over. No clock, no I/O.

public import Platform

/// The incidents that are open, and those that were a moment ago.
///
/// The three rules of a dependency: what a check rests on suppresses the *opening* of its incident, and nothing else (it is probed as before, and its
/// incidents end as before); one hop is looked at at a time, and so all of them are; and a check waits with its opening until what it rests on has been
/// looked at since it failed.
public struct IncidentBook: Sendable {
    /// How long what rests on a cause may take to recover after it, at least.
    static let recovery: Duration = .seconds(30)

    /// The open incidents by check.
    public internal(set) var open: [String: Incident] = [:]
    /// Those that ended within their reopen windows, by check.
    var recent: [String: Incident] = [:]
    /// Which cause keeps a check's incident from opening.
    public private(set) var suppressed: [String: String] = [:]
    /// Until when a check waits for news of what it rests on.
    var holds: [String: Timestamp] = [:]
    private var lastID: Int64
    /// What was found below checks during the present evaluation.
    private var roots = CauseRoots()
    private var news: [String: CauseNews]?

    /// Begins with what was recorded: open incidents, and those that ended within their reopen windows.
    public init(_ incidents: [Incident] = []) {
        lastID = incidents.map(\.id).max() ?? 0
        for incident in incidents.sorted(by: { $0.id < $1.id }) {
            if incident.isOpen { open[incident.check] = incident } else { recent[incident.check] = incident }
        }
    }

    /// The incident of a number, open or ended a moment ago.
    public func incident(_ id: Int64) -> Incident? {
        open.values.first { $0.id == id } ?? recent.values.first { $0.id == id }
    }

    /// All that it knows.
    var incidents: [Incident] { Array(open.values) + Array(recent.values) }

    /// Takes on what another book knows, but for some incidents, of checks of which this one knows nothing.
    mutating func adopt(_ other: IncidentBook, except known: Set<Int64>) {
        for (check, incident) in other.open where open[check] == nil && !known.contains(incident.id) {
            open[check] = incident
        }
        for (check, incident) in other.recent where !known.contains(incident.id) {
            if recent[check].map({ $0.id <= incident.id }) ?? true { recent[check] = incident }
        }
        suppressed.merge(other.suppressed) { ours, _ in ours }
        holds.merge(other.holds) { max($0, $1) }
        lastID = max(lastID, other.lastID)
    }

    /// Looks at all checks and says what changed, in order.
    public mutating func evaluate(_ evidence: Evidence, at now: Timestamp) -> [IncidentChange] {
        var changes: [IncidentChange] = []
        (roots, news) = (CauseRoots(), nil)
        defer { (roots, news) = (CauseRoots(), nil) }
        // What is below a check was judged before it: it does not change any more.
        for check in evidence.graph.causesFirst {
            guard let rules = evidence.rules[check], let verdict = evidence.verdicts[check] else { continue }
            if let severity = rules.severity(of: verdict.state) {
                judge(check, severity, verdict, rules, evidence, now, &changes)
            } else if verdict.state == .up || verdict.state == .degraded {
                suppressed[check] = nil
                holds[check] = nil
                close(check, verdict, rules, now, &changes)
            }
        }
        dropForgotten(evidence, now, &changes)
        return changes
    }

    private mutating func judge(
        _ check: String,
        _ severity: Severity,
        _ verdict: Verdict,
        _ rules: IncidentRules,
        _ evidence: Evidence,
        _ now: Timestamp,
        _ changes: inout [IncidentChange]
    ) {
        if open[check] != nil {
            return update(check, severity, verdict, evidence, now, &changes)
        }
        guard !evidence.maintenance.contains(check) else { return }
        if let root = root(of: check, verdict, evidence) {
            holds[check] = nil
            suppressed[check] = root
            return affect(root, check, rules, now, &changes)
        }
        if suppressed.removeValue(forKey: check) != nil {
            // The cause is well again; what rests on it gets the time that it takes to connect anew and to be found well.
            holds[check] = now + max(rules.interval * 3, Self.recovery)
        }
        guard mayOpen(check, verdict, evidence, now) else { return }
        holds[check] = nil
        start(check, severity, verdict, rules, now, &changes)
    }

    /// The deepest check that explains the trouble of one that rests on it.
    private mutating func root(of check: String, _ verdict: Verdict, _ evidence: Evidence) -> String? {
        var known = CauseRoots()
        swap(&known, &roots)
        defer { swap(&known, &roots) }
        return known.root(of: check, in: evidence.graph, for: verdict.state) { isCause($0, of: verdict, evidence) }
    }

    /// Whether a check explains the trouble of one that rests on it: its own incident is open, or it is as bad and would open one, or it is worked on.
    private func isCause(_ name: String, of effect: Verdict, _ evidence: Evidence) -> Bool {
        if let incident = open[name] { return incident.state >= effect.state || incident.state == .down }
        guard let verdict = evidence.verdicts[name], verdict.state.isBad else { return false }
        if evidence.maintenance.contains(name) { return true }
        return evidence.rules[name]?.severity(of: verdict.state) != nil && verdict.state >= effect.state
    }

    /// Whether everything that the check rests on was looked at since it failed, or has been waited for long enough.
    private mutating func mayOpen(_ check: String, _ verdict: Verdict, _ evidence: Evidence, _ now: Timestamp) -> Bool {
        if let until = holds[check] { return now >= until }
        let all = news ?? CauseNews.all(evidence)
        news = all
        let failed = verdict.failingSince ?? verdict.since
        guard let below = all[check], let oldest = below.oldest, oldest < failed else { return true }
        // Not set once and for all: as soon as the causes have been looked at, the wait is over.
        let waited = now - verdict.since - .seconds(1)
        // Which of them are waited for is looked up only where that matters.
        if waited >= below.longest { return true }
        if waited < below.least { return false }
        return waited >= evidence.longestWait(of: check, since: failed) ?? .zero
    }

    private mutating func start(
        _ check: String,
        _ severity: Severity,
        _ verdict: Verdict,
        _ rules: IncidentRules,
        _ now: Timestamp,
        _ changes: inout [IncidentChange]
    ) {
        let reason = Self.reason(verdict)
        if var incident = recent.removeValue(forKey: check), let end = incident.resolvedAt,
            now - end < rules.reopenWindow
        {
            // Whoever took it on believed that it was over.
            incident.status = .open
            incident.acknowledgedAt = nil
            incident.acknowledgedBy = nil
            incident.resolvedAt = nil
            incident.reopenings += 1
            incident.severity = max(incident.severity, severity)
            incident.isFlapping = verdict.isFlapping
            incident.state = verdict.state
            incident.title = "\(rules.name) is \(verdict.state.rawValue)"
            incident.rootCause = Incident.Cause(check: check, reason: reason)
            incident.note(.reopened, "\(rules.name) is \(verdict.state.rawValue) again: \(reason)", at: now)
            open[check] = incident
            changes.append(IncidentChange(incident: incident, kind: .reopened))
            return
        }
        lastID = max(lastID + 1, now.microseconds / 1_000)
        var incident = Incident(
            id: lastID,
            check: check,
            title: "\(rules.name) is \(verdict.state.rawValue)",
            state: verdict.state,
            severity: severity,
            startedAt: verdict.since
        )
        incident.isFlapping = verdict.isFlapping
        incident.rootCause = Incident.Cause(check: check, reason: reason)
        incident.note(.opened, "\(incident.title): \(reason)", at: now)
        open[check] = incident
        changes.append(IncidentChange(incident: incident, kind: .opened))
    }

    private mutating func update(
        _ check: String,
        _ severity: Severity,
        _ verdict: Verdict,
        _ evidence: Evidence,
        _ now: Timestamp,
        _ changes: inout [IncidentChange]
    ) {
        guard var incident = open[check], let rules = evidence.rules[check] else { return }
        let before = incident
        // What stands in the timeline alone, until something is worth telling.
        var kind = IncidentEntry.Kind.cause
        if verdict.state.badness > incident.state.badness {
            incident.state = verdict.state
            incident.title = "\(rules.name) is \(verdict.state.rawValue)"
            incident.severity = max(severity, incident.severity)
            incident.note(.updated, "\(incident.title): \(Self.reason(verdict))", at: now)
            // One that comes and goes, and was as urgent before, is no news.
            if !verdict.isFlapping || incident.severity > before.severity { kind = .updated }
        }
        if verdict.isFlapping, !incident.isFlapping {
            incident.isFlapping = true
            incident.note(.updated, "\(rules.name) comes and goes", at: now)
            kind = .updated
        }
        if let root = root(of: check, verdict, evidence),
            incident.rootCause?.check != root,
            let cause = evidence.verdicts[root]
        {
            let reason = Self.reason(cause)
            incident.rootCause = Incident.Cause(check: root, reason: reason)
            let name = evidence.rules[root]?.name ?? root
            incident.note(.cause, "the cause is probably \(name): \(reason)", at: now, isPublic: false)
        }
        guard incident != before else { return }
        open[check] = incident
        changes.append(IncidentChange(incident: incident, kind: kind))
    }

    private mutating func affect(
        _ root: String,
        _ check: String,
        _ rules: IncidentRules,
        _ now: Timestamp,
        _ changes: inout [IncidentChange]
    ) {
        guard var incident = open[root], incident.affected.count < 1_000, !incident.affected.contains(check) else {
            return
        }
        incident.affected.append(check)
        // Names of checks that the public page may not show: it has the fields, which it filters.
        incident.note(.affected, "\(rules.name) suffers from it", at: now, isPublic: false)
        open[root] = incident
        changes.append(IncidentChange(incident: incident, kind: .affected))
    }

    private mutating func close(
        _ check: String,
        _ verdict: Verdict,
        _ rules: IncidentRules,
        _ now: Timestamp,
        _ changes: inout [IncidentChange]
    ) {
        guard let incident = open[check], !verdict.isFlapping else { return }
        // What has come back before must stay well for longer.
        let calm = min(rules.interval * 6 * incident.reopenings, rules.reopenWindow)
        guard now - verdict.since >= calm else { return }
        finish(check, "\(rules.name) is \(verdict.state.rawValue) again", by: nil, now, &changes)
    }

    mutating func finish(
        _ check: String,
        _ text: String,
        by: String?,
        _ now: Timestamp,
        _ changes: inout [IncidentChange]
    ) {
        guard var incident = open.removeValue(forKey: check) else { return }
        incident.status = .resolved
        incident.resolvedAt = now
        incident.note(.resolved, text, at: now, by: by)
        recent[check] = incident
        changes.append(IncidentChange(incident: incident, kind: .resolved))
    }

    /// Ends what concerns checks that are no longer configured, and forgets what ended long ago.
    private mutating func dropForgotten(_ evidence: Evidence, _ now: Timestamp, _ changes: inout [IncidentChange]) {
        for check in open.keys.sorted() where evidence.rules[check] == nil {
            finish(check, "the check is no longer configured", by: nil, now, &changes)
        }
        recent = recent.filter { check, incident in
            guard let rules = evidence.rules[check], let end = incident.resolvedAt else { return false }
            return now - end < rules.reopenWindow
        }
        suppressed = suppressed.filter { evidence.rules[$0.key] != nil }
        holds = holds.filter { evidence.rules[$0.key] != nil }
    }

    /// What a verdict gives as its reason, the target's own bad parts included.
    static func reason(_ verdict: Verdict) -> String {
        let parts = verdict.badParts.map { part in part.reason.map { "\(part.name): \($0)" } ?? part.name }
        let reason = verdict.reason ?? "no reason was given"
        let missing = verdict.badParts.contains { !reason.contains($0.name) }
        return missing ? "\(reason) (\(parts.joined(separator: "; ")))" : reason
    }
}
