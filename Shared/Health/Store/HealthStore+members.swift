// SPDX-License-Identifier: Apache-2.0
// Martlet: who aggregates, and who of them leads.

public import Platform
internal import Postgres

/// A living aggregator.
public struct Aggregator: Sendable, Equatable {
    /// The process's identity.
    public var id: Int64
    /// Where it looks from.
    public var location: String
    /// Where other aggregators reach it.
    public var address: String
    /// Its version.
    public var version: String
    /// How many checks it probes.
    public var checks: Int
    /// When it started.
    public var startedAt: Timestamp
    /// When it last renewed its lease.
    public var seenAt: Timestamp
}

/// A lead that was given, and the fence that it writes with.
public struct HealthLead: Sendable, Equatable {
    /// Who leads.
    public var owner: Int64
    /// Raised at every change of the lead.
    public var epoch: Int64
}

extension HealthStore {
    private static let renewStatement = PostgresStatement(
        "health_aggregator_renew",
        """
        INSERT INTO health_aggregator (id, location, address, version, checks, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 microsecond')
        ON CONFLICT (id) DO UPDATE SET location = excluded.location, address = excluded.address, checks = excluded.checks,
            seen_at = now(), expires_at = excluded.expires_at
        """,
        parameters: [.int8, .text, .text, .text, .int8, .int8]
    )
    private static let membersStatement = PostgresStatement(
        "health_aggregator_members",
        """
        SELECT id, location, address, version, checks, started_at, seen_at FROM health_aggregator
        WHERE expires_at > now() ORDER BY started_at, id
        """
    )
    private static let leaveStatement = PostgresStatement(
        "health_aggregator_leave",
        "DELETE FROM health_aggregator WHERE id = $1 OR expires_at < now() - interval '1 day'",
        parameters: [.int8]
    )
    private static let leadStatement = PostgresStatement(
        "health_lead_take",
        """
        UPDATE health_lead SET epoch = epoch + (owner <> $1)::integer, owner = $1, expires_at = now() + $2 * interval '1 microsecond'
        WHERE owner = $1 OR expires_at < now() RETURNING epoch
        """,
        parameters: [.int8, .int8]
    )
    private static let leaderStatement = PostgresStatement(
        "health_lead_read",
        "SELECT owner, epoch FROM health_lead WHERE expires_at > now()"
    )
    private static let tokenStatement = PostgresStatement("health_lead_token", "SELECT token FROM health_lead")
    private static let resignStatement = PostgresStatement(
        "health_lead_resign",
        "UPDATE health_lead SET expires_at = now() - interval '1 microsecond' WHERE owner = $1",
        parameters: [.int8]
    )

    /// Renews an aggregator's lease for a term and returns all whose leases have not ended, oldest first.
    public func renew(_ aggregator: Aggregator, for term: Duration) async throws(HealthError) -> [Aggregator] {
        var bindings = PostgresBindings()
        bindings.append(aggregator.id)
        bindings.append(aggregator.location)
        bindings.append(aggregator.address)
        bindings.append(aggregator.version)
        bindings.append(aggregator.checks)
        bindings.append(microsecondsOf: term)
        let results = try await transaction([(Self.renewStatement, bindings), (Self.membersStatement, .init())])
        guard let result = results.last else { throw HealthError(.internal, "the ledger gave no answer") }
        return try decode { () throws(PostgresError) in
            var members: [Aggregator] = []
            for row in 0..<result.rowCount {
                members.append(
                    Aggregator(
                        id: try result.int64(row, 0),
                        location: try result.string(row, 1),
                        address: try result.string(row, 2),
                        version: try result.string(row, 3),
                        checks: try result.int(row, 4),
                        startedAt: try result.time(row, 5),
                        seenAt: try result.time(row, 6)
                    )
                )
            }
            return members
        }
    }

    /// Ends an aggregator's lease.
    public func leave(_ id: Int64) async throws(HealthError) {
        var bindings = PostgresBindings()
        bindings.append(id)
        _ = try await transaction([(Self.leaveStatement, bindings), (Self.resignStatement, bindings)])
    }

    /// Takes or keeps the lead for a term; nil while somebody else has it.
    public func lead(_ id: Int64, for term: Duration) async throws(HealthError) -> HealthLead? {
        var bindings = PostgresBindings()
        bindings.append(id)
        bindings.append(microsecondsOf: term)
        let result = try await execute(Self.leadStatement, bindings)
        guard result.rowCount == 1 else { return nil }
        return try decode { () throws(PostgresError) in HealthLead(owner: id, epoch: try result.int64(0, 0)) }
    }

    /// What aggregators know each other by while the ledger is away.
    func peerToken() async throws(HealthError) -> String {
        let result = try await execute(Self.tokenStatement)
        return try decode { () throws(PostgresError) in try result.string(0, 0) }
    }

    /// Who leads now.
    public func leader() async throws(HealthError) -> HealthLead? {
        let result = try await execute(Self.leaderStatement)
        guard result.rowCount == 1 else { return nil }
        return try decode { () throws(PostgresError) in
            HealthLead(owner: try result.int64(0, 0), epoch: try result.int64(0, 1))
        }
    }
}
