// SPDX-License-Identifier: Apache-2.0
// Martlet: all that is believed and decided at one time, without clock or I/O: verdicts, incidents, and who is to be told.

internal import Platform

/// Verdicts, incidents and who is to be told.
struct Judgement: Sendable {
    /// The configured checks by identifier.
    private(set) var checks: [String: CheckDefinition] = [:]
    private var rules: [String: IncidentRules] = [:]
    private var graph = DependencyGraph([:])
    private var policy: NotificationPolicy
    /// What is said of each check.
    private(set) var verdicts: [String: Verdict] = [:]
    /// The open incidents.
    private(set) var book = IncidentBook()
    /// What people were told of each incident.
    private var memory: [Int64: IncidentNotifications] = [:]
    /// How many events of a kind each incident had.
    private var counts: [Int64: [NotificationMessage.Event: Int]] = [:]
    /// Incidents that changed since they were last recorded.
    private(set) var unrecorded: [Int64: Incident] = [:]
    /// Who is to be told, since it was last recorded.
    private(set) var untold: [OutgoingNotification] = []
    /// What happened beside incidents.
    private var events = EventBook()
    /// Of that, what was not logged yet.
    private var news: [HealthEvent] = []
    /// The address of the status page, for links.
    private var pageURL: String?

    init(policy: NotificationPolicy) { self.policy = policy }

    /// Takes on a configuration.
    mutating func load(_ checks: [CheckDefinition], policy: NotificationPolicy, pageURL: String?) {
        self.checks = Dictionary(checks.map { ($0.id, $0) }) { first, _ in first }
        rules = self.checks.mapValues(\.rules)
        graph = DependencyGraph(self.checks.mapValues { $0.dependsOn })
        verdicts = verdicts.filter { self.checks[$0.key] != nil }
        self.policy = policy
        self.pageURL = pageURL
    }

    /// Begins to decide, with what was recorded.
    mutating func take(over incidents: [Incident], told: [Int64: IncidentNotifications]) {
        book = IncidentBook(incidents)
        memory = told
        counts = [:]
        for incident in incidents {
            for entry in incident.timeline {
                guard let event = Self.event(of: entry.kind) else { continue }
                counts[incident.id, default: [:]][event, default: 0] += 1
            }
        }
        unrecorded = [:]
        untold = []
    }

    /// Takes in what was recorded meanwhile by others, without losing what is not recorded yet.
    mutating func merge(_ incidents: [Incident], told: [Int64: IncidentNotifications]) {
        let before = self
        // What is not recorded may be in the book no longer; what is, is as new there.
        let ours = unrecorded.merging(book.incidents.map { ($0.id, $0) }) { _, newer in newer }
        let merged = incidents.map { ours[$0.id]?.following($0) ?? $0 }
        let known = Dictionary(merged.map { ($0.id, $0) }) { first, _ in first }
        take(over: merged, told: told.merging(memory) { stored, _ in stored })
        memory.merge(before.memory.filter { before.unrecorded[$0.key] != nil }) { _, ours in ours }
        counts.merge(before.counts) { $0.merging($1) { max($0, $1) } }
        book.adopt(before.book, except: Set(known.keys))
        for (id, incident) in before.unrecorded {
            let incident = known[id] ?? before.book.incident(id) ?? incident
            // Where somebody else has an open incident of the same check, theirs counts.
            guard !incident.isOpen || book.open[incident.check]?.id == id else { continue }
            unrecorded[id] = incident
        }
        let dropped = Set(before.unrecorded.keys).subtracting(unrecorded.keys)
        untold = before.untold.filter { !($0.incident.map(dropped.contains) ?? false) }
    }

    /// Judges a check anew by what locations say; true when the verdict changed.
    mutating func judge(_ check: String, by observations: [Observation], at now: Timestamp) -> Bool {
        guard let definition = checks[check] else { return false }
        // A location whose aggregators are all gone has no voice.
        let patience = max(definition.interval * 3 + definition.timeout, .seconds(20))
        let fresh = observations.filter { now - $0.at < patience }
        var verdict = Verdict(fresh, quorum: definition.quorum, before: verdicts[check])
        if verdict == nil, var stale = verdicts[check], stale.state != .unknown {
            stale.state = .unknown
            stale.since = now
            stale.reason = "nobody has looked for \(patience.words)"
            verdict = stale
        }
        if let verdict, !fresh.isEmpty { events.look(at: check, fresh, verdict, at: now) }
        guard let verdict, verdict != verdicts[check] else { return false }
        verdicts[check] = verdict
        return true
    }

    /// Opens, changes and ends incidents by the verdicts, and finds who is to be told.
    mutating func decide(maintenance: Set<String>, at now: Timestamp) {
        let evidence = IncidentBook.Evidence(verdicts: verdicts, rules: rules, graph: graph, maintenance: maintenance)
        for change in book.evaluate(evidence, at: now) { note(change, at: now) }
        for incident in book.open.values.sorted(by: { $0.id < $1.id }) where !maintenance.contains(incident.check) {
            // What is worked on is known: who reminds of it, and calls others, waits until the window is over.
            followUp(incident, at: now)
        }
        for event in events.takeNews(checks, maintenance: maintenance, at: now) { note(event, at: now) }
    }

    /// Takes over what an earlier leader told of events beside incidents.
    mutating func resume(_ told: [HealthEvent]) { events.resume(told) }

    /// Takes in what others told meanwhile of events beside incidents.
    mutating func learn(_ told: [HealthEvent]) { events.learn(told) }

    /// Takes out the events since the last call, for the log.
    mutating func takeNews() -> [HealthEvent] {
        defer { news = [] }
        return news
    }

    /// Does what somebody asks for; false when there is no such incident, or it is not in a state for it.
    mutating func act(_ action: IncidentAction, at now: Timestamp) -> Bool {
        let change: IncidentChange?
        switch action.kind {
        case .acknowledge: change = book.acknowledge(action.incident, by: action.by, at: now)
        case .comment:
            change = book.comment(
                action.incident,
                by: action.by,
                text: action.text ?? "",
                isPublic: action.isPublic ?? true,
                at: now
            )
        case .resolve:
            change = book.resolve(action.incident, by: action.by, text: action.text ?? "resolved", at: now)
        }
        guard let change else { return false }
        note(change, at: now)
        return true
    }

    /// Takes out what is to be recorded.
    mutating func takeUnrecorded() -> (
        incidents: [Incident], told: [Int64: IncidentNotifications], [OutgoingNotification]
    ) {
        defer {
            unrecorded = [:]
            untold = []
        }
        let told = memory.filter { unrecorded[$0.key] != nil }
        return (unrecorded.values.sorted { $0.id < $1.id }, told, untold)
    }

    /// Puts back what could not be recorded, under what came later.
    mutating func putBack(_ incidents: [Incident]) {
        for incident in incidents where unrecorded[incident.id] == nil { unrecorded[incident.id] = incident }
    }

    /// Takes out who is to be told, to be told without the ledger.
    mutating func takeUntold() -> [OutgoingNotification] {
        defer { untold = [] }
        return untold
    }

    private mutating func note(_ change: IncidentChange, at now: Timestamp) {
        unrecorded[change.incident.id] = change.incident
        guard let event = Self.event(of: change.kind) else { return }
        let sequence = counts[change.incident.id, default: [:]][event, default: 0] + 1
        counts[change.incident.id, default: [:]][event] = sequence
        var memory = memory[change.incident.id] ?? IncidentNotifications()
        let orders = policy.orders(
            for: event,
            sequence: sequence,
            of: facts(change.incident),
            memory: &memory,
            now: now
        )
        self.memory[change.incident.id] = memory
        for order in orders { tell(order, change.incident, at: now) }
        if change.kind == .resolved { forgetEnded(at: now) }
    }

    /// Reminders and escalations.
    private mutating func followUp(_ incident: Incident, at now: Timestamp) {
        guard var memory = memory[incident.id] else { return }
        let orders = policy.dueOrders(of: facts(incident), memory: &memory, now: now)
        guard !orders.isEmpty else { return }
        self.memory[incident.id] = memory
        var incident = incident
        let escalated = orders.filter { $0.event == .escalated }.map(\.receiver)
        if !escalated.isEmpty {
            let text = "nobody acknowledged it: \(escalated.joined(separator: ", ")) told"
            if let change = book.record(incident.id, .escalated, text, at: now) { incident = change.incident }
        }
        unrecorded[incident.id] = incident
        for order in orders { tell(order, incident, at: now) }
    }

    /// Keeps an event, puts it into the timeline of the check's incident, and tells those who want to know.
    private mutating func note(_ event: HealthEvent, at now: Timestamp) {
        news.append(event)
        if let record = try? OutgoingNotification(event, at: now) { untold.append(record) }
        if let incident = book.open[event.check], let change = book.record(incident.id, .updated, event.text, at: now) {
            unrecorded[incident.id] = change.incident
        }
        let definition = checks[event.check]
        let facts = IncidentFacts(
            id: event.id,
            check: event.check,
            group: definition?.group,
            severity: .info,
            labels: definition?.labels ?? [:]
        )
        let kind: NotificationMessage.Event = event.kind == .vanished ? .vanished : .advisory
        for order in policy.orders(about: kind, of: facts, now: now) {
            let message = NotificationMessage(event, kind, order, definition, verdicts[event.check], at: now, pageURL)
            guard let told = try? OutgoingNotification(message, to: order.receiver, incident: nil, dueAt: order.at)
            else { continue }
            untold.append(told)
        }
    }

    private mutating func tell(_ order: NotificationOrder, _ incident: Incident, at now: Timestamp) {
        let message = message(order, incident, at: now)
        // Texts and times can always be written.
        guard let told = try? OutgoingNotification(message, to: order.receiver, incident: incident.id, dueAt: order.at)
        else {
            return
        }
        untold.append(told)
    }

    private func message(_ order: NotificationOrder, _ incident: Incident, at now: Timestamp) -> NotificationMessage {
        let definition = checks[incident.check]
        let summary = incident.timeline.last { $0.kind != .affected && $0.kind != .notified }?.text
        return NotificationMessage(
            key: "martlet-incident-\(incident.id)",
            id: order.key,
            event: order.event,
            severity: incident.severity,
            state: incident.status == .resolved ? verdicts[incident.check]?.state ?? .up : incident.state,
            title: incident.title,
            summary: incident.status == .resolved ? summary ?? "resolved" : incident.rootCause?.reason ?? summary ?? "",
            check: incident.check,
            group: definition?.group,
            rootCause: incident.rootCause.flatMap { $0.check == incident.check ? nil : $0.check },
            affected: incident.affected,
            startedAt: incident.startedAt,
            at: now,
            resolvedAt: incident.resolvedAt,
            acknowledgedBy: incident.acknowledgedBy,
            url: pageURL.map { "\($0)/incidents/\(incident.id)" },
            runbook: definition?.runbook
        )
    }

    private func facts(_ incident: Incident) -> IncidentFacts {
        IncidentFacts(
            id: "\(incident.id)",
            check: incident.check,
            group: checks[incident.check]?.group,
            severity: incident.severity,
            labels: checks[incident.check]?.labels ?? [:],
            acknowledgedAt: incident.acknowledgedAt,
            resolvedAt: incident.resolvedAt
        )
    }

    /// What people are told of; the rest stands in the timeline alone.
    private static func event(of kind: IncidentEntry.Kind) -> NotificationMessage.Event? {
        switch kind {
        case .opened: .opened
        case .updated: .updated
        case .acknowledged: .acknowledged
        case .reopened: .reopened
        case .resolved: .resolved
        case .escalated, .comment, .cause, .affected, .notified: nil
        }
    }

    private mutating func forgetEnded(at now: Timestamp) {
        let alive = Set(book.open.values.map(\.id)).union(book.recent.values.map(\.id)).union(unrecorded.keys)
        memory = memory.filter { alive.contains($0.key) }
        counts = counts.filter { alive.contains($0.key) }
    }
}

extension Judgement {
    /// What suppresses a check's incident.
    func cause(suppressing check: String) -> String? { book.suppressed[check] }
}
