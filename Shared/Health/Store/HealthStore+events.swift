// SPDX-License-Identifier: Apache-2.0
// Martlet: events that are no incidents, as the ledger keeps them: among the notifications, told to nobody.

internal import FoundationEssentials
public import Platform
internal import Postgres

extension HealthStore {
    private static let readStatement = PostgresStatement(
        "health_event_read",
        """
        SELECT created_at, message FROM health_notification
        WHERE receiver = '' AND ($1::text IS NULL OR split_part(id, '/', 2) = $1) AND ($2::timestamptz IS NULL OR created_at < $2)
        ORDER BY created_at DESC, id LIMIT $3
        """,
        parameters: [.text, .timestamptz, .int8]
    )

    /// Events of the last 90 days, newest first, and when each was recorded.
    ///
    /// - Parameters:
    ///   - check: Only those about this check.
    ///   - time: Only those recorded before.
    ///   - limit: 1...1000.
    public func events(
        of check: String? = nil,
        before time: Timestamp? = nil,
        limit: Int
    ) async throws(HealthError) -> [(at: Timestamp, event: HealthEvent)] {
        var bindings = PostgresBindings()
        bindings.append(check)
        bindings.append(time)
        bindings.append(limit)
        let result = try await execute(Self.readStatement, bindings)
        return try decode { () throws(PostgresError) in
            var events: [(at: Timestamp, event: HealthEvent)] = []
            for row in 0..<result.rowCount {
                let text = try result.string(row, 1)
                // A later version's kinds are left out.
                guard let event = try? JSONDecoder().decode(HealthEvent.self, from: Data(text.utf8)) else { continue }
                events.append((try result.time(row, 0), event))
            }
            return events
        }
    }
}
