// SPDX-License-Identifier: Apache-2.0
// Martlet: events that are no incidents, as the ledger keeps them: among the notifications, told to nobody.

internal import FoundationEssentials
public import Platform
internal import Postgres

extension HealthStore {
    private static let readStatement = PostgresStatement(
        "health_event_read",
        """
        SELECT created_at, message, id FROM health_notification
        WHERE receiver = '' AND ($1::text IS NULL OR split_part(id, '/', 2) = $1)
            AND ($2::timestamptz IS NULL OR created_at <= $2) AND ($2::timestamptz IS NULL OR created_at < $2 OR id > $3)
        ORDER BY created_at DESC, id LIMIT $4
        """,
        parameters: [.text, .timestamptz, .text, .int8]
    )

    /// Events of the last 90 days, newest first, and when each was recorded.
    ///
    /// - Parameters:
    ///   - check: Only those about this check.
    ///   - time: Only those recorded before.
    ///   - limit: 1...1000.
    func events(
        of check: String? = nil,
        before time: Timestamp? = nil,
        limit: Int
    ) async throws(HealthError) -> [(at: Timestamp, event: HealthEvent)] {
        try await eventPage(of: check, from: time.map { EventCursor(before: $0) }, limit: limit).events
    }

    /// A page of the events of the last 90 days, newest first, and where the next one begins; nil when this one is not full.
    ///
    /// - Parameters:
    ///   - check: Only those about this check.
    ///   - cursor: Where the page begins; with the newest one without it.
    ///   - limit: 1...1000.
    public func eventPage(
        of check: String? = nil,
        from cursor: EventCursor? = nil,
        limit: Int
    ) async throws(HealthError) -> (events: [(at: Timestamp, event: HealthEvent)], next: EventCursor?) {
        var bindings = PostgresBindings()
        bindings.append(check)
        bindings.append(cursor?.at)
        bindings.append(cursor?.id)
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
            guard let last = (0..<result.rowCount).last, result.rowCount == limit else { return (events, nil) }
            return (events, EventCursor(at: try result.time(last, 0), id: try result.string(last, 2)))
        }
    }
}
