// SPDX-License-Identifier: Apache-2.0
// Martlet: those who asked to be told and have not confirmed.

internal import Platform
internal import Postgres

extension HealthStore {
    private static let roomStatement = PostgresStatement(
        "health_subscription_room",
        """
        SELECT (SELECT count(*) FROM (SELECT FROM health_subscriber LIMIT $1) s) < $1
            AND (SELECT count(*) FROM (SELECT FROM health_subscription_request WHERE ended_at IS NULL LIMIT $2) r) < $2
            AND (SELECT count(*) FROM (
                SELECT FROM health_subscription_request WHERE created_at > now() - interval '1 hour' LIMIT $2) h) < $2
            AND (SELECT count(*) FROM health_subscription_request
                WHERE network = $3 AND created_at > now() - interval '1 hour') < $4
        """,
        parameters: [.int8, .int8, .bytea, .int8]
    )
    private static let addStatement = PostgresStatement(
        "health_subscription_add",
        """
        WITH added AS (
            INSERT INTO health_subscription_request (kind, target, target_key, checks, groups, token, secret, host, network)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE (
                SELECT count(*) FROM health_subscription_request
                WHERE kind = $1 AND target_key = $3 AND created_at > now() - interval '1 day') < $10
            RETURNING id
        ), crowded AS (
            UPDATE health_subscription_request SET ended_at = now() WHERE EXISTS (SELECT FROM added) AND id IN (
                SELECT id FROM health_subscription_request WHERE network = $9 AND ended_at IS NULL ORDER BY id DESC OFFSET $11 - 1))
        SELECT id FROM added
        """,
        parameters: [.text, .text, .text, .textArray, .textArray, .bytea, .text, .text, .bytea, .int8, .int8]
    )
    private static let requestStatement = PostgresStatement(
        "health_subscription_request",
        """
        SELECT id, kind, target, secret, created_at, checks, groups FROM health_subscription_request
        WHERE id = $1 AND ended_at IS NULL AND created_at > now() - $2 * interval '1 microsecond'
        """,
        parameters: [.int8, .int8]
    )
    private static let endRequestStatement = PostgresStatement(
        "health_subscription_request_end",
        "UPDATE health_subscription_request SET ended_at = now() WHERE id = $1 AND ended_at IS NULL",
        parameters: [.int8]
    )
    private static let tokenStatement = PostgresStatement(
        "health_confirmation_add",
        """
        INSERT INTO health_confirmation (digest, request_id, expires_at)
        SELECT $1, id, $3 FROM health_subscription_request WHERE id = $2 AND ended_at IS NULL
        """,
        parameters: [.bytea, .int8, .timestamptz]
    )
    /// Whoever confirms anew changes what they follow, and keeps the link of the mails that they have.
    private static let confirmStatement = PostgresStatement(
        "health_subscription_confirm",
        """
        WITH confirmed AS (
            UPDATE health_subscription_request r SET ended_at = now() FROM health_confirmation c
            WHERE c.digest = $1 AND c.expires_at > now() AND r.id = c.request_id AND r.ended_at IS NULL RETURNING r.*)
        INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token, secret, host)
        SELECT kind, target, target_key, checks, groups, token, secret, host FROM confirmed
        ON CONFLICT (kind, target_key) DO UPDATE SET checks = excluded.checks, groups = excluded.groups, failures = 0, error = NULL,
            suspended_at = NULL
        RETURNING id
        """,
        parameters: [.bytea]
    )
    /// What a link that was mailed would confirm.
    private static let wishStatement = PostgresStatement(
        "health_subscription_wish",
        """
        SELECT r.kind, r.target, r.checks, r.groups FROM health_confirmation c JOIN health_subscription_request r ON r.id = c.request_id
        WHERE c.digest = $1 AND c.expires_at > now() AND r.ended_at IS NULL
        """,
        parameters: [.bytea]
    )
    /// Those of one host confirm one after the other, so that no two take its last place.
    private static let hostStatement = PostgresStatement(
        "health_subscription_host",
        "SELECT pg_advisory_xact_lock(hashtextextended(host, 5)) IS NULL FROM health_subscription_request WHERE id = $1",
        parameters: [.int8]
    )
    /// A webhook that answers every challenge must not be changed by whoever knows its address: it is ended with its token, and begun anew.
    private static let confirmWebhookStatement = PostgresStatement(
        "health_subscription_confirm_webhook",
        """
        WITH confirmed AS (
            UPDATE health_subscription_request SET ended_at = now() WHERE id = $1 AND ended_at IS NULL RETURNING *)
        INSERT INTO health_subscriber AS s (kind, target, target_key, checks, groups, token, secret, host)
        SELECT kind, target, target_key, checks, groups, token, secret, host FROM confirmed c
        WHERE EXISTS (SELECT FROM health_subscriber k WHERE k.kind = c.kind AND k.target_key = c.target_key)
            OR (SELECT count(*) FROM health_subscriber h WHERE h.host = c.host) < $2
        ON CONFLICT (kind, target_key) DO UPDATE SET checks = excluded.checks, groups = excluded.groups, token = excluded.token,
            secret = excluded.secret, failures = 0, error = NULL, suspended_at = NULL
        WHERE s.suspended_at IS NOT NULL
        """,
        parameters: [.int8, .int8]
    )
    private static let purgeStatement = PostgresStatement(
        "health_subscription_purge",
        "DELETE FROM health_subscription_request WHERE created_at <= now() - $1 * interval '1 microsecond'",
        parameters: [.int8]
    )

    /// Whether there is room for one more of each, of all (`requests` may wait, and be made in an hour) and of a network.
    func hasRoom(subscribers: Int, requests: Int, network: [UInt8]) async throws(HealthError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(subscribers)
        bindings.append(requests)
        bindings.append(bytes: network)
        bindings.append(SubscriptionRequest.mostPerHour)
        let result = try await execute(Self.roomStatement, bindings)
        return try decode { () throws(PostgresError) in try result.bool(0, 0) }
    }

    /// Keeps a request; nil when its target was asked too often. Where too many of a network wait, the oldest of them ends.
    func add(
        _ wish: SubscriptionWish,
        key: String,
        token: SubscriptionToken,
        secret: String?,
        network: [UInt8]
    ) async throws(HealthError) -> Int64? {
        var bindings = PostgresBindings()
        bindings.append(wish.kind.rawValue)
        bindings.append(wish.target)
        bindings.append(key)
        bindings.append(PostgresArray(texts: wish.checks))
        bindings.append(PostgresArray(texts: wish.groups))
        bindings.append(bytes: token.bytes)
        bindings.append(secret)
        bindings.append(wish.host)
        bindings.append(bytes: network)
        bindings.append(SubscriptionRequest.mostPerDay)
        bindings.append(SubscriptionRequest.mostWaiting)
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
                createdAt: try result.time(0, 4),
                checks: try result.stringArray(0, 5),
                groups: try result.stringArray(0, 6)
            )
        }
    }

    /// Ends a request; its row goes on to count until it is purged.
    func endSubscriptionRequest(_ id: Int64) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(id)
        _ = try await execute(Self.endRequestStatement, bindings)
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

    /// What a mail's token would confirm; nil when it is unknown, used or too old.
    func wish(of token: SubscriptionToken) async throws(HealthError) -> SubscriptionWish? {
        var bindings = PostgresBindings()
        bindings.append(bytes: token.digest)
        let result = try await execute(Self.wishStatement, bindings)
        guard result.rowCount == 1 else { return nil }
        return try decode { () throws(PostgresError) in
            SubscriptionWish(
                SubscriptionKind(rawValue: try result.string(0, 0)) ?? .email,
                try result.string(0, 1),
                checks: try result.stringArray(0, 2),
                groups: try result.stringArray(0, 3)
            )
        }
    }

    /// Makes a subscriber of a webhook that has answered its challenge, if its host has not too many already.
    func confirmWebhook(_ request: Int64) async throws(HealthError) {
        var host = PostgresBindings()
        host.append(request)
        var bindings = PostgresBindings()
        bindings.append(request)
        bindings.append(Subscriber.mostPerHost)
        _ = try await transaction([(Self.hostStatement, host), (Self.confirmWebhookStatement, bindings)])
    }

    /// Forgets those who did not confirm within 48 hours, and their tokens.
    func dropOldSubscriptionRequests() async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(microsecondsOf: SubscriptionRequest.patience)
        _ = try await execute(Self.purgeStatement, bindings)
    }
}
