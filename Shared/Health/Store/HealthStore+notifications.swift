// SPDX-License-Identifier: Apache-2.0
// Martlet: what became of each notification.

public import Platform
internal import Postgres

/// What became of the last notification of a receiver.
public struct DeliveryRecord: Sendable, Equatable {
    /// The receiver.
    public var receiver: String
    /// What it was told.
    public var event: String
    /// When it was recorded.
    public var at: Timestamp
    /// When it was delivered.
    public var deliveredAt: Timestamp?
    /// Its job.
    public var job: Int64?
    /// How often delivering it was tried.
    public var attempts: Int
    /// Why the last try failed.
    public var error: String?
}

extension HealthStore {
    private static let waitingStatement = PostgresStatement(
        "health_notification_waiting",
        """
        SELECT id, due_at FROM health_notification WHERE job_id IS NULL AND delivered_at IS NULL ORDER BY due_at LIMIT $1
        """,
        parameters: [.int8]
    )
    private static let jobsStatement = PostgresStatement(
        "health_notification_jobs",
        """
        UPDATE health_notification n SET job_id = j.job FROM unnest($1, $2) j (id, job) WHERE n.id = j.id AND n.job_id IS NULL
        """,
        parameters: [.textArray, .int8Array]
    )
    private static let readStatement = PostgresStatement(
        "health_notification_read",
        "SELECT id, incident_id, receiver, event, message, due_at, delivered_at FROM health_notification WHERE id = $1",
        parameters: [.text]
    )
    private static let noteStatement = PostgresStatement(
        "health_notification_note",
        """
        UPDATE health_notification SET attempts = attempts + 1, error = $3, delivered_at = CASE WHEN $2 THEN coalesce(delivered_at, now())
            ELSE delivered_at END WHERE id = $1
        """,
        parameters: [.text, .bool, .text]
    )
    private static let lastStatement = PostgresStatement(
        "health_notification_last",
        """
        SELECT DISTINCT ON (receiver) receiver, event, created_at, delivered_at, job_id, attempts, error FROM health_notification
        WHERE created_at > now() - interval '30 days' ORDER BY receiver, created_at DESC
        """
    )
    private static let dropStatement = PostgresStatement(
        "health_notification_drop",
        "DELETE FROM health_notification WHERE created_at < now() - interval '90 days'"
    )

    /// Notifications without a job that are not delivered, the most urgent first.
    func waitingNotifications(_ limit: Int) async throws(HealthError) -> [(id: String, dueAt: Timestamp)] {
        var bindings = PostgresBindings()
        bindings.append(limit)
        let result = try await execute(Self.waitingStatement, bindings)
        return try decode { () throws(PostgresError) in
            var waiting: [(id: String, dueAt: Timestamp)] = []
            for row in 0..<result.rowCount { waiting.append((try result.string(row, 0), try result.time(row, 1))) }
            return waiting
        }
    }

    /// Notes which job tells what.
    func note(jobs: [(id: String, job: Int64)]) async throws(HealthError) {
        var (ids, numbers) = (PostgresArray(.text), PostgresArray(.int8))
        for (id, job) in jobs {
            ids.append(id)
            numbers.append(job)
        }
        var bindings = PostgresBindings()
        bindings.append(ids)
        bindings.append(numbers)
        _ = try await execute(Self.jobsStatement, bindings)
    }

    /// One notification.
    func notification(_ id: String) async throws(HealthError) -> OutgoingNotification? {
        var bindings = PostgresBindings()
        bindings.append(id)
        let result = try await execute(Self.readStatement, bindings)
        guard result.rowCount == 1 else { return nil }
        return try decode { () throws(PostgresError) in
            OutgoingNotification(
                id: try result.string(0, 0),
                incident: try result.optionalInt64(0, 1),
                receiver: try result.string(0, 2),
                event: try result.string(0, 3),
                message: try result.string(0, 4),
                dueAt: try result.time(0, 5),
                deliveredAt: try result.optionalTime(0, 6)
            )
        }
    }

    /// Notes how a try to tell went.
    func note(_ verdict: DeliveryVerdict, of id: String) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(id)
        bindings.append(verdict == .delivered)
        switch verdict {
        case .delivered: bindings.appendNull()
        case .retry(_, let reason), .rejected(let reason): bindings.append(reason)
        }
        _ = try await execute(Self.noteStatement, bindings)
    }

    /// What became of each receiver's last notification.
    public func lastDeliveries() async throws(HealthError) -> [DeliveryRecord] {
        let result = try await execute(Self.lastStatement)
        return try decode { () throws(PostgresError) in
            var records: [DeliveryRecord] = []
            for row in 0..<result.rowCount {
                records.append(
                    DeliveryRecord(
                        receiver: try result.string(row, 0),
                        event: try result.string(row, 1),
                        at: try result.time(row, 2),
                        deliveredAt: try result.optionalTime(row, 3),
                        job: try result.optionalInt64(row, 4),
                        attempts: Int(try result.int32(row, 5)),
                        error: try result.optionalString(row, 6)
                    )
                )
            }
            return records
        }
    }

    /// Forgets notifications of more than 90 days ago.
    func dropOldNotifications() async throws(HealthError) { _ = try await execute(Self.dropStatement) }
}
