// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents and their timelines; only the one who leads writes them.

internal import Platform
internal import Postgres

extension HealthStore {
    private static let columns = """
        id, name, title, state, severity, status, started_at, acknowledged_at, acknowledged_by, resolved_at, cause_name, cause_reason, affected,
        is_flapping, reopenings
        """
    private static let fenceStatement = PostgresStatement(
        "health_fence",
        """
        SELECT CASE WHEN EXISTS (SELECT FROM health_lead WHERE owner = $1 AND epoch = $2 FOR SHARE) THEN true
            ELSE refuse('another aggregator leads') END
        """,
        parameters: [.int8, .int8]
    )
    /// An incident's columns, and its values in the order of ``bindings(_:told:)``.
    static let incidentValues = """
        AS i (\(columns), told)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """
    static let incidentParameters: [PostgresType] = [
        .int8, .text, .text, .text, .text, .text, .timestamptz, .timestamptz, .text, .timestamptz, .text, .text,
        .textArray, .bool, .int4, .text,
    ]
    private static let writeStatement = PostgresStatement(
        "health_incident_write",
        """
        INSERT INTO health_incident \(incidentValues)
        ON CONFLICT (id) DO UPDATE SET title = excluded.title, state = excluded.state, severity = excluded.severity, status = excluded.status,
            acknowledged_at = excluded.acknowledged_at, acknowledged_by = excluded.acknowledged_by, resolved_at = excluded.resolved_at,
            cause_name = excluded.cause_name, cause_reason = excluded.cause_reason, affected = excluded.affected,
            is_flapping = excluded.is_flapping, reopenings = excluded.reopenings,
            told = coalesce(excluded.told, i.told)
        """,
        parameters: incidentParameters
    )
    private static let toldStatement = PostgresStatement(
        "health_incident_told",
        "SELECT id, told FROM health_incident WHERE id = ANY ($1) AND told IS NOT NULL",
        parameters: [.int8Array]
    )
    private static let entriesStatement = PostgresStatement(
        "health_incident_entries_write",
        entriesText(where: "true"),
        parameters: entriesParameters
    )
    static let entriesParameters: [PostgresType] = [
        .int8, .int4Array, .timestamptzArray, .textArray, .textArray, .textArray, .boolArray,
    ]
    static let notifyStatement = PostgresStatement(
        "health_notification_write",
        """
        INSERT INTO health_notification AS n (id, incident_id, receiver, event, message, due_at, delivered_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET delivered_at = coalesce(n.delivered_at, excluded.delivered_at)
        """,
        parameters: [.textArray, .int8Array, .textArray, .textArray, .textArray, .timestamptzArray, .timestamptzArray]
    )
    private static let openStatement = PostgresStatement(
        "health_incident_open",
        """
        SELECT \(columns) FROM health_incident
        WHERE resolved_at IS NULL OR resolved_at > now() - $1 * interval '1 microsecond' ORDER BY id
        """,
        parameters: [.int8]
    )
    private static let listStatement = PostgresStatement(
        "health_incident_list",
        """
        SELECT \(columns) FROM health_incident
        WHERE ($1::bigint IS NULL OR id < $1) AND ($2::text IS NULL OR status = $2) ORDER BY id DESC LIMIT $3
        """,
        parameters: [.int8, .text, .int8]
    )
    private static let oneStatement = PostgresStatement(
        "health_incident_read",
        "SELECT \(columns) FROM health_incident WHERE id = $1",
        parameters: [.int8]
    )
    private static let timelineStatement = PostgresStatement(
        "health_incident_timeline",
        """
        SELECT incident_id, number, at, kind, text, by_whom, is_public FROM health_incident_entry
        WHERE incident_id = ANY ($1) ORDER BY incident_id, number
        """,
        parameters: [.int8Array]
    )

    /// Writes the lines of a timeline that are not there; what is public of it is also news for subscribers.
    static func entriesText(where condition: String) -> String {
        """
        WITH fresh AS (
            INSERT INTO health_incident_entry (incident_id, number, at, kind, text, by_whom, is_public)
            SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7) WHERE \(condition)
            ON CONFLICT DO NOTHING RETURNING incident_id, number, kind, is_public)
        INSERT INTO health_announcement (key, incident_id, entry)
        SELECT 'incident-' || incident_id || '-' || number, incident_id, number FROM fresh
        WHERE is_public AND kind IN ('opened', 'updated', 'comment', 'reopened', 'resolved') ORDER BY number ON CONFLICT DO NOTHING
        """
    }

    /// Records incidents with their timelines, and who is to be told, all or nothing.
    ///
    /// - Parameters:
    ///   - actions: What operators asked for and is done by this, by its number in the list.
    ///   - keys: What else they asked for, by its key.
    /// - Throws: `fenced` when another aggregator has taken the lead; nothing is recorded then.
    func record(
        _ incidents: [Incident],
        told: [Int64: String] = [:],
        _ notifications: [OutgoingNotification],
        done actions: [Int64] = [],
        keys: [String] = [],
        as lead: HealthLead
    ) async throws(HealthError) {
        guard !incidents.isEmpty || !notifications.isEmpty || !actions.isEmpty || !keys.isEmpty else { return }
        var fence = PostgresBindings()
        fence.append(lead.owner)
        fence.append(lead.epoch)
        var steps = [(Self.fenceStatement, fence)]
        for incident in incidents.sorted(by: { $0.id < $1.id }) {
            steps.append((Self.writeStatement, Self.bindings(incident, told: told[incident.id])))
            steps.append((Self.entriesStatement, Self.timelineBindings(incident)))
        }
        if !notifications.isEmpty { steps.append((Self.notifyStatement, Self.bindings(notifications))) }
        if !actions.isEmpty || !keys.isEmpty { steps.append(Self.done(actions, keys)) }
        _ = try await transaction(steps)
    }

    /// Records who is to be told something that is no incident; whoever leads, hands it over.
    func record(_ notifications: [OutgoingNotification]) async throws(HealthError) {
        guard !notifications.isEmpty else { return }
        _ = try await execute(Self.notifyStatement, Self.bindings(notifications))
    }

    /// The open incidents, and those that ended within a time, with their timelines, oldest first.
    func openIncidents(endedWithin time: Duration) async throws(HealthError) -> [Incident] {
        var bindings = PostgresBindings()
        bindings.append(microsecondsOf: time)
        return try await withTimelines(try incidents(try await execute(Self.openStatement, bindings)))
    }

    /// What people were told of incidents so far, as it was recorded.
    func told(of incidents: [Int64]) async throws(HealthError) -> [Int64: String] {
        var ids = PostgresArray(.int8)
        for id in incidents { ids.append(id) }
        var bindings = PostgresBindings()
        bindings.append(ids)
        let result = try await execute(Self.toldStatement, bindings)
        return try decode { () throws(PostgresError) in
            var told: [Int64: String] = [:]
            for row in 0..<result.rowCount { told[try result.int64(row, 0)] = try result.string(row, 1) }
            return told
        }
    }

    /// Incidents, newest first.
    ///
    /// - Parameters:
    ///   - id: Only those older than this one.
    ///   - status: Only those in this status.
    ///   - limit: 1...200.
    public func incidents(
        before id: Int64? = nil,
        status: Incident.Status? = nil,
        limit: Int
    ) async throws(HealthError) -> [Incident] {
        var bindings = PostgresBindings()
        bindings.append(id)
        bindings.append(status?.rawValue)
        bindings.append(limit)
        return try await withTimelines(try incidents(try await execute(Self.listStatement, bindings)))
    }

    /// One incident.
    public func incident(_ id: Int64) async throws(HealthError) -> Incident? {
        var bindings = PostgresBindings()
        bindings.append(id)
        return try await withTimelines(try incidents(try await execute(Self.oneStatement, bindings))).first
    }

    private func incidents(_ result: PostgresResult) throws(HealthError) -> [Incident] {
        try decode { () throws(PostgresError) in
            var incidents: [Incident] = []
            for row in 0..<result.rowCount {
                var incident = Incident(
                    id: try result.int64(row, 0),
                    check: try result.string(row, 1),
                    title: try result.string(row, 2),
                    state: CheckState(rawValue: try result.string(row, 3)) ?? .unknown,
                    severity: Severity(rawValue: try result.string(row, 4)) ?? .warning,
                    startedAt: try result.time(row, 6)
                )
                incident.status = Incident.Status(rawValue: try result.string(row, 5)) ?? .open
                incident.acknowledgedAt = try result.optionalTime(row, 7)
                incident.acknowledgedBy = try result.optionalString(row, 8)
                incident.resolvedAt = try result.optionalTime(row, 9)
                if let cause = try result.optionalString(row, 10) {
                    incident.rootCause = Incident.Cause(check: cause, reason: try result.optionalString(row, 11) ?? "")
                }
                incident.affected = try result.stringArray(row, 12)
                incident.isFlapping = try result.bool(row, 13)
                incident.reopenings = Int(try result.int32(row, 14))
                incidents.append(incident)
            }
            return incidents
        }
    }

    private func withTimelines(_ incidents: [Incident]) async throws(HealthError) -> [Incident] {
        guard !incidents.isEmpty else { return [] }
        var ids = PostgresArray(.int8)
        for incident in incidents { ids.append(incident.id) }
        var bindings = PostgresBindings()
        bindings.append(ids)
        let result = try await execute(Self.timelineStatement, bindings)
        let entries = try decode { () throws(PostgresError) in
            var entries: [Int64: [IncidentEntry]] = [:]
            for row in 0..<result.rowCount {
                entries[try result.int64(row, 0), default: []].append(
                    IncidentEntry(
                        number: Int(try result.int32(row, 1)),
                        at: try result.time(row, 2),
                        kind: IncidentEntry.Kind(rawValue: try result.string(row, 3)) ?? .updated,
                        text: try result.string(row, 4),
                        by: try result.optionalString(row, 5),
                        isPublic: try result.bool(row, 6)
                    )
                )
            }
            return entries
        }
        return incidents.map { $0.with(timeline: entries[$0.id] ?? []) }
    }

    static func bindings(_ incident: Incident, told: String?) -> PostgresBindings {
        var bindings = PostgresBindings()
        bindings.append(incident.id)
        bindings.append(incident.check)
        bindings.append(incident.title)
        bindings.append(incident.state.rawValue)
        bindings.append(incident.severity.rawValue)
        bindings.append(incident.status.rawValue)
        bindings.append(incident.startedAt)
        bindings.append(incident.acknowledgedAt)
        bindings.append(incident.acknowledgedBy)
        bindings.append(incident.resolvedAt)
        bindings.append(incident.rootCause?.check)
        bindings.append(incident.rootCause?.reason)
        var affected = PostgresArray(.text)
        for check in incident.affected { affected.append(check) }
        bindings.append(affected)
        bindings.append(incident.isFlapping)
        bindings.append(Int32(clamping: incident.reopenings))
        bindings.append(told)
        return bindings
    }

    static func timelineBindings(_ incident: Incident) -> PostgresBindings {
        var (numbers, times, kinds) = (PostgresArray(.int4), PostgresArray(.timestamptz), PostgresArray(.text))
        var (texts, people, isPublic) = (PostgresArray(.text), PostgresArray(.text), PostgresArray(.bool))
        for entry in incident.timeline {
            numbers.append(Int32(clamping: entry.number))
            times.append(entry.at)
            kinds.append(entry.kind.rawValue)
            texts.append(entry.text)
            people.append(entry.by)
            isPublic.append(entry.isPublic)
        }
        var bindings = PostgresBindings()
        bindings.append(incident.id)
        for array in [numbers, times, kinds, texts, people, isPublic] { bindings.append(array) }
        return bindings
    }

    static func bindings(_ notifications: [OutgoingNotification]) -> PostgresBindings {
        var (ids, incidents, receivers) = (PostgresArray(.text), PostgresArray(.int8), PostgresArray(.text))
        var (events, messages) = (PostgresArray(.text), PostgresArray(.text))
        var (due, delivered) = (PostgresArray(.timestamptz), PostgresArray(.timestamptz))
        // One statement can't write a row twice; the first is the one that may be delivered.
        var written: Set<String> = []
        for entry in notifications where written.insert(entry.id).inserted {
            ids.append(entry.id)
            if let incident = entry.incident { incidents.append(incident) } else { incidents.appendNull() }
            receivers.append(entry.receiver)
            events.append(entry.event)
            messages.append(entry.message)
            due.append(entry.dueAt)
            delivered.append(entry.deliveredAt)
        }
        var bindings = PostgresBindings()
        for array in [ids, incidents, receivers, events, messages, due, delivered] { bindings.append(array) }
        return bindings
    }
}
