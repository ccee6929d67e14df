// SPDX-License-Identifier: Apache-2.0
// Martlet: finds the events that are no incidents: instances that vanish, and what only a minority sees. No clock, no I/O.

internal import Platform

/// What vanished, and what a minority sees, as far as it was told and was not.
struct EventBook: Sendable {
    private struct Advisory: Sendable {
        var since: Timestamp
        var text: String
        var isTold = false
    }

    /// How long what vanished, and came back, is known at least.
    private static let memory: Duration = .seconds(3_600)

    /// The instances that are gone just now, and when each was last found, by check.
    private var gone: [String: [String: Timestamp]] = [:]
    /// Those that were told, with the last time that they were found.
    private var known: [String: [String: Timestamp]] = [:]
    private var advisories: [String: Advisory] = [:]
    /// When the last advisory of each check began that ended here.
    private var past: [String: Timestamp] = [:]
    /// Told, and over.
    private var ended: [HealthEvent] = []

    /// Looks at what locations say of a check.
    mutating func look(at check: String, _ observations: [Observation], _ verdict: Verdict, at now: Timestamp) {
        let parts = observations.lazy.flatMap(\.parts)
        var missing: [String: Timestamp] = [:]
        for part in parts {
            guard let time = part.vanishedAt else { continue }
            missing[part.name] = max(missing[part.name] ?? time, time)
        }
        // One that some location still finds has not vanished.
        if !missing.isEmpty { for part in parts where part.vanishedAt == nil { missing[part.name] = nil } }
        gone[check] = missing.isEmpty ? nil : missing
        guard let text = verdict.advisory else {
            let state = verdict.state.rawValue
            return end(check, "no longer: all together say that it is \(state)", at: now)
        }
        let since = observations.lazy.filter(\.state.isBad).map(\.since).min() ?? verdict.since
        if advisories[check] == nil { advisories[check] = Advisory(since: since, text: text) }
        advisories[check]?.text = text
    }

    /// What is found again within this time, and is gone again, is one event.
    private static func patience(_ check: CheckDefinition) -> Duration { max(check.interval * 3, .seconds(30)) }

    private mutating func end(_ check: String, _ text: String, at now: Timestamp) {
        guard let advisory = advisories.removeValue(forKey: check), advisory.isTold else { return }
        past[check] = advisory.since
        ended.append(HealthEvent(.advisory, check: check, text: text, startedAt: advisory.since, endedAt: now))
    }

    /// Takes over what an earlier leader told.
    mutating func resume(_ events: [HealthEvent]) {
        known = [:]
        past = [:]
        ended = []
        for check in advisories.keys { advisories[check]?.isTold = false }
        learn(events)
    }

    /// Takes in what others told, newest first, and forgets nothing that was told here.
    mutating func learn(_ events: [HealthEvent]) {
        let over = Set(events.lazy.filter { $0.endedAt != nil }.map(\.beginning.id))
        for event in events where event.endedAt == nil {
            switch event.kind {
            case .vanished:
                guard let name = event.instance else { continue }
                let time = known[event.check]?[name] ?? event.startedAt
                known[event.check, default: [:]][name] = max(time, event.startedAt)
            case .advisory:
                guard !over.contains(event.id), past[event.check].map({ $0 < event.startedAt }) ?? true,
                    advisories[event.check]?.isTold != true
                else { continue }
                // What is over meanwhile is found to be so at the next look.
                advisories[event.check] = Advisory(since: event.startedAt, text: event.text, isTold: true)
            }
        }
    }

    /// What is to be told now, once.
    ///
    /// - Parameters:
    ///   - checks: The configured checks; what concerns others ends.
    ///   - maintenance: The checks of which nothing is told now.
    mutating func takeNews(_ checks: [String: CheckDefinition], maintenance: Set<String>, at now: Timestamp)
        -> [HealthEvent]
    {
        var news: [HealthEvent] = []
        for (check, instances) in gone {
            guard let definition = checks[check] else {
                gone[check] = nil
                continue
            }
            // Locations that look at different times date the same event differently, and DNS may give a part of the addresses each time.
            let patience = Self.patience(definition)
            for (name, time) in instances.sorted(by: { $0.key < $1.key }) {
                let last = known[check]?[name]
                known[check, default: [:]][name] = max(last ?? time, time)
                guard last.map({ time - $0 > patience }) ?? true, !maintenance.contains(check) else { continue }
                let text = "the instance \(name) of \(definition.name) is gone"
                news.append(HealthEvent(.vanished, check: check, instance: name, text: text, startedAt: time))
            }
        }
        for (check, advisory) in advisories {
            guard let definition = checks[check] else {
                end(check, "no longer: the check is no longer configured", at: now)
                continue
            }
            let patience = definition.interval * 3 + definition.timeout
            guard !advisory.isTold, now - advisory.since >= patience, !maintenance.contains(check) else { continue }
            advisories[check]?.isTold = true
            news.append(HealthEvent(.advisory, check: check, text: advisory.text, startedAt: advisory.since))
        }
        past = past.filter { checks[$0.key] != nil }
        for (check, names) in known {
            // That it is gone again is seen later than it went.
            let span = max(Self.memory, checks[check].map { Self.patience($0) * 2 } ?? .zero)
            // What is gone still was told, however long ago that is.
            let fresh = names.filter { gone[check]?[$0.key] != nil || now - $0.value < span }
            if fresh.count < names.count { known[check] = fresh.isEmpty ? nil : fresh }
        }
        defer { ended = [] }
        return (ended + news).sorted { $0.id < $1.id }
    }
}
