// SPDX-License-Identifier: Apache-2.0
// Martlet: rules about what the health aggregator keeps.

extension LedgerInvariant {
    private static func knownChecks(_ table: String) -> LedgerInvariant {
        LedgerInvariant(
            "\(table.replacing("_", with: "-"))-has-check",
            "every row of \(table) is of a check that exists",
            """
            SELECT DISTINCT 'check ' || h.check_id FROM \(table) h
            WHERE NOT EXISTS (SELECT FROM health_check c WHERE c.id = h.check_id)
            """
        )
    }

    static let health =
        ["health_sample", "health_minute", "health_hour", "health_day"].map(knownChecks) + [
            LedgerInvariant(
                "health-sample-numbers",
                "a minute's findings are as many as its counts say, and none is negative",
                """
                SELECT 'check ' || check_id || ' at ' || minute FROM health_sample
                WHERE least(up, degraded, down, unknown, kept_up, kept_degraded, kept_down) < 0
                    OR length(raw) <> 8 * (up + degraded + down + unknown)
                """
            ),
            LedgerInvariant(
                "health-minute-numbers",
                "an hour's row has an element for each of its minutes",
                """
                SELECT 'check ' || check_id || ' at ' || hour FROM health_minute
                WHERE (cardinality(up), cardinality(degraded), cardinality(down), cardinality(unknown), cardinality(latency_us),
                    cardinality(latency_max_us)) <> (60, 60, 60, 60, 60, 60)
                """
            ),
            LedgerInvariant(
                "incident-entry-has-incident",
                "every entry belongs to an incident",
                """
                SELECT e.incident_id || ' entry ' || e.number FROM health_incident_entry e
                WHERE NOT EXISTS (SELECT FROM health_incident i WHERE i.id = e.incident_id)
                """
            ),
            LedgerInvariant(
                "incident-times",
                "no incident was resolved before it began (an hour allowed for clocks), and a check has one open incident at most",
                """
                SELECT id::text FROM health_incident WHERE resolved_at < started_at - interval '1 hour'
                UNION ALL SELECT name FROM health_incident WHERE resolved_at IS NULL GROUP BY name HAVING count(*) > 1
                """
            ),
            LedgerInvariant(
                "notification-has-incident",
                "a notification of an incident belongs to one that exists",
                """
                SELECT n.id FROM health_notification n WHERE n.incident_id IS NOT NULL
                    AND NOT EXISTS (SELECT FROM health_incident i WHERE i.id = n.incident_id)
                """
            ),
            LedgerInvariant(
                "confirmation-has-request",
                "a token that confirms belongs to a request",
                """
                SELECT encode(c.digest, 'hex') FROM health_confirmation c
                WHERE NOT EXISTS (SELECT FROM health_subscription_request r WHERE r.id = c.request_id)
                """
            ),
        ]
}
