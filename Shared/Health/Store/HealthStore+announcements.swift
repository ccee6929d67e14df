// SPDX-License-Identifier: Apache-2.0
// Martlet: what subscribers are told, and who follows it.

internal import Postgres

/// An announcement that was not handed over.
struct WaitingAnnouncement: Sendable, Equatable {
    var id: Int64
    /// The incident whose step it is; nil for a window, which is described already.
    var incident: Int64?
    /// The step's number.
    var number: Int
}

/// Somebody who is to be told.
struct Follower: Sendable, Equatable {
    var id: Int64
    var kind: SubscriptionKind
}

extension HealthStore {
    private static let announceStatement = PostgresStatement(
        "health_announce",
        """
        INSERT INTO health_announcement (key, document, checks, groups, is_for_all) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """,
        parameters: [.text, .text, .textArray, .textArray, .bool]
    )
    private static let waitingStatement = PostgresStatement(
        "health_announcement_waiting",
        "SELECT id, incident_id, entry FROM health_announcement WHERE handed_at IS NULL ORDER BY id LIMIT $1",
        parameters: [.int8]
    )
    private static let describeStatement = PostgresStatement(
        "health_announcement_describe",
        """
        UPDATE health_announcement SET document = $2, checks = $3, groups = $4, is_for_all = $5 WHERE id = $1 AND document IS NULL
        """,
        parameters: [.int8, .text, .textArray, .textArray, .bool]
    )
    private static let handedStatement = PostgresStatement(
        "health_announcement_handed",
        "UPDATE health_announcement SET handed_at = now() WHERE id = $1 AND handed_at IS NULL",
        parameters: [.int8]
    )
    private static let followersStatement = PostgresStatement(
        "health_announcement_followers",
        """
        SELECT s.id, s.kind FROM health_announcement a JOIN health_subscriber s ON s.id > $2
        WHERE a.id = $1 AND s.suspended_at IS NULL AND s.confirmed_at <= a.created_at AND (a.is_for_all
            OR (s.checks = '{}' AND s.groups = '{}') OR s.checks && a.checks OR s.groups && a.groups)
        ORDER BY s.id LIMIT $3
        """,
        parameters: [.int8, .int8, .int8]
    )
    private static let purgeStatement = PostgresStatement(
        "health_announcement_purge",
        "DELETE FROM health_announcement WHERE created_at < now() - interval '30 days'"
    )

    /// Records an announcement under its key, once.
    func announce(_ key: String, _ document: String, _ audience: Announcement.Audience) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(key)
        Self.append(document, audience, to: &bindings)
        _ = try await execute(Self.announceStatement, bindings)
    }

    /// Announcements that were not handed over, oldest first.
    func waitingAnnouncements(_ limit: Int) async throws(HealthError) -> [WaitingAnnouncement] {
        var bindings = PostgresBindings()
        bindings.append(limit)
        let result = try await execute(Self.waitingStatement, bindings)
        return try decode { () throws(PostgresError) in
            var waiting: [WaitingAnnouncement] = []
            for row in 0..<result.rowCount {
                waiting.append(
                    WaitingAnnouncement(
                        id: try result.int64(row, 0),
                        incident: try result.optionalInt64(row, 1),
                        number: Int(try result.optionalInt32(row, 2) ?? 0)
                    )
                )
            }
            return waiting
        }
    }

    /// Writes what is told, once: later pages say what the first one said.
    func describe(_ id: Int64, _ document: String, _ audience: Announcement.Audience) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(id)
        Self.append(document, audience, to: &bindings)
        _ = try await execute(Self.describeStatement, bindings)
    }

    /// Notes that the first page's job is there, or that none is needed.
    func noteHandedOver(_ id: Int64) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(id)
        _ = try await execute(Self.handedStatement, bindings)
    }

    /// Those behind a number who follow what is announced, and did so when it happened.
    func followers(of announcement: Int64, after id: Int64, limit: Int) async throws(HealthError) -> [Follower] {
        var bindings = PostgresBindings()
        bindings.append(announcement)
        bindings.append(id)
        bindings.append(limit)
        let result = try await execute(Self.followersStatement, bindings)
        return try decode { () throws(PostgresError) in
            var found: [Follower] = []
            for row in 0..<result.rowCount {
                let kind = SubscriptionKind(rawValue: try result.string(row, 1)) ?? .email
                found.append(Follower(id: try result.int64(row, 0), kind: kind))
            }
            return found
        }
    }

    /// Forgets announcements of more than 30 days ago.
    func dropOldAnnouncements() async throws(HealthError) { _ = try await execute(Self.purgeStatement) }

    private static func append(
        _ document: String,
        _ audience: Announcement.Audience,
        to bindings: inout PostgresBindings
    ) {
        bindings.append(document)
        bindings.append(PostgresArray(texts: audience.checks))
        bindings.append(PostgresArray(texts: audience.groups))
        bindings.append(audience.isForAll)
    }
}
