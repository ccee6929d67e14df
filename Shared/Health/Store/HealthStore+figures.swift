// SPDX-License-Identifier: Apache-2.0
// Martlet: reads what the aggregator's metrics show of the ledger.

internal import Platform
internal import Postgres

extension HealthStore {
    private static let waitingCountStatement = PostgresStatement(
        "health_figures_waiting",
        """
        SELECT count(*) FROM health_notification WHERE job_id IS NULL AND delivered_at IS NULL AND due_at <= now()
        """
    )
    private static let beatsStatement = PostgresStatement(
        "health_figures_heartbeats",
        """
        SELECT name, (extract(epoch FROM now() - at) * 1000000)::int8 FROM health_heartbeat ORDER BY at DESC LIMIT 1000
        """
    )

    /// Notifications that wait to be jobs, and the ages of heartbeats by the ledger's clock.
    func figures() async throws(HealthError) -> LedgerFigures.Figures {
        let results = try await transaction([(Self.waitingCountStatement, .init()), (Self.beatsStatement, .init())])
        return try decode { () throws(PostgresError) in
            var heartbeats: [String: Duration] = [:]
            for row in 0..<results[1].rowCount {
                heartbeats[try results[1].string(row, 0)] = .microseconds(max(0, try results[1].int64(row, 1)))
            }
            return LedgerFigures.Figures(waiting: Int(try results[0].int64(0, 0)), heartbeats: heartbeats)
        }
    }
}
