// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribers and those who have not confirmed.

internal import Platform
internal import Postgres

extension HealthStore {
    private static let columns = """
        s.id, s.kind, s.target, s.checks, s.groups, s.token, s.secret, s.confirmed_at, s.failures, s.error, s.suspended_at
        """
    private static let roomStatement = PostgresStatement(
        "health_subscription_room",
        """
        SELECT (SELECT count(*) FROM (SELECT FROM health_subscriber LIMIT $1) s) < $1
            AND (SELECT count(*) FROM (SELECT FROM health_subscription_request LIMIT $2) r) < $2
        """,
        parameters: [.int8, .int8]
    )
    private static let addStatement = PostgresStatement(
        "health_subscription_add",
        """
        INSERT INTO health_subscription_request (kind, target, target_key, checks, groups, token, secret)
        SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (
            SELECT count(*) FROM health_subscription_request
            WHERE kind = $1 AND target_key = $3 AND created_at > now() - interval '1 day') < $8
        RETURNING id
        """,
        parameters: [.text, .text, .text, .textArray, .textArray, .bytea, .text, .int8]
    )
    private static let requestStatement = PostgresStatement(
        "health_subscription_request",
        """
        SELECT id, kind, target, secret, created_at FROM health_subscription_request
        WHERE id = $1 AND created_at > now() - $2 * interval '1 microsecond'
        """,
        parameters: [.int8, .int8]
    )
    private static let dropRequestStatement = PostgresStatement(
        "health_subscription_request_drop",
        "DELETE FROM health_subscription_request WHERE id = $1",
        parameters: [.int8]
    )
    private static let tokenStatement = PostgresStatement(
        "health_confirmation_add",
        """
        INSERT INTO health_confirmation (digest, request_id, expires_at)
        SELECT $1, id, $3 FROM health_subscription_request WHERE id = $2
        """,
        parameters: [.bytea, .int8, .timestamptz]
    )
    /// Whoever confirms anew changes what they follow, and keeps the link of the mails that they have.
    private static let confirmStatement = PostgresStatement(
        "health_subscription_confirm",
        """
        WITH confirmed AS (
            DELETE FROM health_subscription_request r USING health_confirmation c
            WHERE c.digest = $1 AND c.expires_at > now() AND r.id = c.request_id RETURNING r.*)
        INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token, secret)
        SELECT kind, target, target_key, checks, groups, token, secret FROM confirmed
        ON CONFLICT (kind, target_key) DO UPDATE SET checks = excluded.checks, groups = excluded.groups, failures = 0, error = NULL,
            suspended_at = NULL
        RETURNING id
        """,
        parameters: [.bytea]
    )
    /// A webhook that answers every challenge must not be changed by whoever knows its address: it is ended with its token, and begun anew.
    private static let confirmWebhookStatement = PostgresStatement(
        "health_subscription_confirm_webhook",
        """
        WITH confirmed AS (DELETE FROM health_subscription_request WHERE id = $1 RETURNING *)
        INSERT INTO health_subscriber AS s (kind, target, target_key, checks, groups, token, secret)
        SELECT kind, target, target_key, checks, groups, token, secret FROM confirmed
        ON CONFLICT (kind, target_key) DO UPDATE SET checks = excluded.checks, groups = excluded.groups, token = excluded.token,
            secret = excluded.secret, failures = 0, error = NULL, suspended_at = NULL
        WHERE s.suspended_at IS NOT NULL
        """,
        parameters: [.int8]
    )
    private static let leaveStatement = PostgresStatement(
        "health_subscriber_leave",
        """
        WITH request AS (DELETE FROM health_subscription_request WHERE sha256(token) = $1)
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
    private static let purgeStatement = PostgresStatement(
        "health_subscription_purge",
        "DELETE FROM health_subscription_request WHERE created_at <= now() - $1 * interval '1 microsecond'",
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

    /// Whether there is room for one more of each.
    func hasRoom(subscribers: Int, requests: Int) async throws(HealthError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(subscribers)
        bindings.append(requests)
        let result = try await execute(Self.roomStatement, bindings)
        return try decode { () throws(PostgresError) in try result.bool(0, 0) }
    }

    /// Keeps a request; nil when its target was asked too often.
    func add(
        _ wish: SubscriptionWish,
        key: String,
        token: SubscriptionToken,
        secret: String?
    ) async throws(HealthError) -> Int64? {
        var bindings = PostgresBindings()
        bindings.append(wish.kind.rawValue)
        bindings.append(wish.target)
        bindings.append(key)
        bindings.append(PostgresArray(texts: wish.checks))
        bindings.append(PostgresArray(texts: wish.groups))
        bindings.append(bytes: token.bytes)
        bindings.append(secret)
        bindings.append(SubscriptionRequest.mostPerDay)
        let result = try await execute(Self.addStatement, bindings)
        return try decode { () throws(PostgresError) in result.rowCount == 0 ? nil : try result.int64(0, 0) }
    }

    /// A request that still waits.
    func subscriptionRequest(_ id: Int64) async throws(HealthError) -> SubscriptionRequest? {
        var bindings = PostgresBindings()
        bindings.append(id)
        bindings.append(microsecondsOf: SubscriptionRequest.patience)
        let result = try await execute(Self.requestStatement, bindings)
        guard result.rowCount == 1 else { return nil }
        return try decode { () throws(PostgresError) in
            SubscriptionRequest(
                id: try result.int64(0, 0),
                kind: SubscriptionKind(rawValue: try result.string(0, 1)) ?? .email,
                target: try result.string(0, 2),
                secret: try result.optionalString(0, 3),
                createdAt: try result.time(0, 4)
            )
        }
    }

    /// Forgets a request.
    func dropSubscriptionRequest(_ id: Int64) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(id)
        _ = try await execute(Self.dropRequestStatement, bindings)
    }

    /// Keeps the digest of a token that confirms a request.
    func add(_ token: SubscriptionToken, confirming request: SubscriptionRequest) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(bytes: token.digest)
        bindings.append(request.id)
        bindings.append(request.createdAt + SubscriptionRequest.patience)
        _ = try await execute(Self.tokenStatement, bindings)
    }

    /// Makes a subscriber of whoever bears a token; false when it is unknown, used or too old.
    func confirm(_ token: SubscriptionToken) async throws(HealthError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(bytes: token.digest)
        return try await execute(Self.confirmStatement, bindings).rowCount == 1
    }

    /// Makes a subscriber of a webhook that has answered its challenge.
    func confirmWebhook(_ request: Int64) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(request)
        _ = try await execute(Self.confirmWebhookStatement, bindings)
    }

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

    /// Forgets those who did not confirm within 48 hours, and their tokens.
    func dropOldSubscriptionRequests() async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(microsecondsOf: SubscriptionRequest.patience)
        _ = try await execute(Self.purgeStatement, bindings)
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
