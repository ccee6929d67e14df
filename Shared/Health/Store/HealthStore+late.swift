// SPDX-License-Identifier: Apache-2.0
// Martlet: what was decided while nobody reached the ledger, by one who does not lead now.

internal import Platform
internal import Postgres

extension HealthStore {
    private static let writeStatement = PostgresStatement(
        "health_incident_late",
        "INSERT INTO health_incident \(incidentValues) ON CONFLICT DO NOTHING",
        parameters: incidentParameters
    )
    /// Only with its incident: one that the ledger knew has lines already.
    private static let linesStatement = PostgresStatement(
        "health_incident_late_entries",
        entriesText(
            where: """
                EXISTS (SELECT FROM health_incident WHERE id = $1)
                AND NOT EXISTS (SELECT FROM health_incident_entry WHERE incident_id = $1)
                """
        ),
        parameters: entriesParameters
    )
    private static let standsStatement = PostgresStatement(
        "health_incident_late_stands",
        "SELECT EXISTS (SELECT FROM health_incident_entry WHERE incident_id = $1 AND number = $2 AND at = $3 AND kind = $4)",
        parameters: [.int8, .int4, .timestamptz, .text]
    )
    private static let openStatement = PostgresStatement(
        "health_incident_open_ids",
        "SELECT id FROM health_incident WHERE resolved_at IS NULL"
    )

    /// Records incidents of which the ledger knows nothing, and who was told, all or nothing; what whoever leads recorded stays as it is.
    ///
    /// - Returns: The incidents that stand in the ledger as they are here.
    func recordLate(_ incidents: [Incident], _ notifications: [OutgoingNotification]) async throws(HealthError)
        -> Set<Int64>
    {
        var steps: [(PostgresStatement, PostgresBindings)] = []
        for incident in incidents {
            var stands = PostgresBindings()
            stands.append(incident.id)
            stands.append(Int32(clamping: incident.timeline.last?.number ?? 0))
            stands.append(incident.timeline.last?.at)
            stands.append(incident.timeline.last?.kind.rawValue)
            steps.append((Self.writeStatement, Self.bindings(incident, told: nil)))
            steps.append((Self.linesStatement, Self.timelineBindings(incident)))
            steps.append((Self.standsStatement, stands))
        }
        if !notifications.isEmpty { steps.append((Self.notifyStatement, Self.bindings(notifications))) }
        guard !steps.isEmpty else { return [] }
        let results = try await transaction(steps)
        return try decode { () throws(PostgresError) in
            var standing: Set<Int64> = []
            for (place, incident) in incidents.enumerated() where try results[place * 3 + 2].bool(0, 0) {
                standing.insert(incident.id)
            }
            return standing
        }
    }

    /// The numbers of the open incidents.
    func openIncidentNumbers() async throws(HealthError) -> Set<Int64> {
        let result = try await execute(Self.openStatement)
        return try decode { () throws(PostgresError) in
            var ids: Set<Int64> = []
            for row in 0..<result.rowCount { ids.insert(try result.int64(row, 0)) }
            return ids
        }
    }
}
