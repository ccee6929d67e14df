// SPDX-License-Identifier: Apache-2.0
// Martlet: how far the primary is, seen without touching it.
public import Platform
public import Postgres

/// What a primary says at one moment; asking writes nothing.
public struct PrimarySight: Hashable, Sendable {
    /// Which cluster it is.
    public var system: SystemID
    /// Its clock.
    public var time: Timestamp
    /// All of its log before is durable there.
    public var flushed: LSN
    /// When its newest transaction was committed; nil unless `track_commit_timestamp` is on.
    public var lastCommit: Timestamp?

    /// Takes all over.
    public init(system: SystemID, time: Timestamp, flushed: LSN, lastCommit: Timestamp?) {
        self.system = system
        self.time = time
        self.flushed = flushed
        self.lastCommit = lastCommit
    }

    private static let look = PostgresStatement(
        "primary_sight",
        """
        SELECT clock_timestamp(), CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END::text,
            CASE WHEN current_setting('track_commit_timestamp') = 'on' THEN (SELECT timestamp FROM pg_last_committed_xact()) END,
            (SELECT system_identifier::text FROM pg_control_system())
        """
    )

    /// Asks.
    /// - Throws: `.database`, `.deadline`, `.cancelled`.
    public static func take(_ session: PostgresSession) async throws(RecoveryError) -> PrimarySight {
        do throws(PostgresError) {
            let row = try await session.execute(look, deadline: .seconds(10))
            return PrimarySight(
                system: SystemID(try row.string(0, 3)) ?? SystemID(0),
                time: Timestamp(microseconds: try row.timestampMicroseconds(0, 0)),
                flushed: LSN(try row.string(0, 1)) ?? .none,
                lastCommit: try row.optionalTimestampMicroseconds(0, 2).map { Timestamp(microseconds: $0) }
            )
        } catch {
            throw RecoveryError(error, "the primary")
        }
    }
}
