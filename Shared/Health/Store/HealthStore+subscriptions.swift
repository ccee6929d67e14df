// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribers.

internal import Platform
internal import Postgres

extension HealthStore {
    private static let columns = """
        s.id, s.kind, s.target, s.checks, s.groups, s.token, s.secret, s.confirmed_at, s.failures, s.error, s.suspended_at
        """
    private static let leaveStatement = PostgresStatement(
        "health_subscriber_leave",
        """
        WITH request AS (UPDATE health_subscription_request SET ended_at = now() WHERE sha256(token) = $1 AND ended_at IS NULL)
        DELETE FROM health_subscriber WHERE sha256(token) = $1
        """,
        parameters: [.bytea]
    )
    private static let removeStatement = PostgresStatement(
        "health_subscriber_remove",
        "DELETE FROM health_subscriber WHERE id = $1 RETURNING kind",
        parameters: [.int8]
    )
    private static let listStatement = PostgresStatement(
        "health_subscriber_list",
        """
        SELECT \(columns) FROM health_subscriber s
        WHERE ($1::bigint IS NULL OR s.id < $1) AND ($2::text IS NULL OR s.kind = $2) ORDER BY s.id DESC LIMIT $3
        """,
        parameters: [.int8, .text, .int8]
    )
    private static let blameStatement = PostgresStatement(
        "health_subscriber_blame",
        """
        UPDATE health_subscriber SET failures = failures + 1, error = $2, suspended_at = CASE WHEN failures + 1 >= $3 THEN now() END
        WHERE id = $1 AND suspended_at IS NULL RETURNING suspended_at IS NOT NULL
        """,
        parameters: [.int8, .text, .int4]
    )
    private static let forgiveStatement = PostgresStatement(
        "health_subscriber_forgive",
        "UPDATE health_subscriber SET failures = 0, error = NULL WHERE id = $1 AND suspended_at IS NULL",
        parameters: [.int8]
    )
    private static let tellingStatement = PostgresStatement(
        "health_telling",
        """
        SELECT \(columns), a.document FROM health_subscriber s, health_announcement a
        WHERE s.id = $2 AND a.id = $1 AND s.suspended_at IS NULL AND a.document IS NOT NULL
        """,
        parameters: [.int8, .int8]
    )

    /// Ends whatever a token stands for.
    func removeSubscriber(_ token: SubscriptionToken) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(bytes: token.digest)
        _ = try await execute(Self.leaveStatement, bindings)
    }

    /// Removes a subscriber; nil when there is none.
    func removeSubscriber(_ id: Int64) async throws(HealthError) -> SubscriptionKind? {
        var bindings = PostgresBindings()
        bindings.append(id)
        let result = try await execute(Self.removeStatement, bindings)
        return try decode { () throws(PostgresError) in
            result.rowCount == 0 ? nil : SubscriptionKind(rawValue: try result.string(0, 0))
        }
    }

    /// Subscribers, newest first.
    func subscribers(before id: Int64?, kind: SubscriptionKind?, limit: Int) async throws(HealthError) -> [Subscriber] {
        var bindings = PostgresBindings()
        bindings.append(id)
        bindings.append(kind?.rawValue)
        bindings.append(limit)
        let result = try await execute(Self.listStatement, bindings)
        return try decode { () throws(PostgresError) in
            var found: [Subscriber] = []
            for row in 0..<result.rowCount { found.append(try Self.subscriber(result, row)) }
            return found
        }
    }

    /// What a subscriber is to be told; nil when one of both is gone, or the subscriber is suspended.
    func telling(_ announcement: Int64, _ subscriber: Int64) async throws(HealthError) -> (String, Subscriber)? {
        var bindings = PostgresBindings()
        bindings.append(announcement)
        bindings.append(subscriber)
        let result = try await execute(Self.tellingStatement, bindings)
        guard result.rowCount == 1 else { return nil }
        return try decode { () throws(PostgresError) in (try result.string(0, 11), try Self.subscriber(result, 0)) }
    }

    /// Counts a failure for good; true when it was the last that is borne.
    func blameSubscriber(_ id: Int64, _ reason: String) async throws(HealthError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(id)
        bindings.append(reason.singleLine(bytes: 500))
        bindings.append(Int32(Subscriber.mostFailures))
        let result = try await execute(Self.blameStatement, bindings)
        return try decode { () throws(PostgresError) in result.rowCount == 1 ? try result.bool(0, 0) : false }
    }

    /// Forgets failures: something was delivered.
    func forgiveSubscriber(_ id: Int64) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(id)
        _ = try await execute(Self.forgiveStatement, bindings)
    }

    private static func subscriber(_ result: PostgresResult, _ row: Int) throws(PostgresError) -> Subscriber {
        Subscriber(
            id: try result.int64(row, 0),
            kind: SubscriptionKind(rawValue: try result.string(row, 1)) ?? .email,
            target: try result.string(row, 2),
            checks: try result.stringArray(row, 3),
            groups: try result.stringArray(row, 4),
            // The column always holds 32 bytes.
            token: SubscriptionToken(bytes: try result.bytes(row, 5)) ?? SubscriptionToken(),
            secret: try result.optionalString(row, 6),
            confirmedAt: try result.time(row, 7),
            failures: Int(try result.int32(row, 8)),
            error: try result.optionalString(row, 9),
            suspendedAt: try result.optionalTime(row, 10)
        )
    }
}

extension PostgresArray {
    /// Texts.
    init(texts: [String]) {
        self.init(.text, capacity: texts.count)
        for text in texts { append(text) }
    }
}
