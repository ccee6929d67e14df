// SPDX-License-Identifier: Apache-2.0
// Martlet: where a server is in its log.

internal import Platform
internal import Postgres
internal import Recovery

/// What a primary says of its log at one moment.
struct ServerPlace: Equatable {
    /// Which cluster it is.
    let system: SystemID
    /// The timeline of its last checkpoint.
    let timeline: UInt32
    /// All before is durable there.
    let position: LSN
    /// Bytes of a segment.
    let segmentSize: Int
    /// Its clock.
    let time: Timestamp

    private static let look = PostgresStatement(
        "server_place",
        """
        SELECT (SELECT system_identifier::text FROM pg_control_system()),
            (SELECT timeline_id::int8 FROM pg_control_checkpoint()), pg_current_wal_flush_lsn()::text,
            (SELECT setting::int8 FROM pg_settings WHERE name = 'wal_segment_size'), clock_timestamp()
        WHERE NOT pg_is_in_recovery()
        """
    )

    /// Asks; nil on a standby, which writes no log.
    /// - Throws: `.database`, `.deadline`, `.cancelled`.
    static func ask(_ session: PostgresSession) async throws(RecoveryError) -> ServerPlace? {
        do throws(PostgresError) {
            let row = try await session.execute(look, deadline: .seconds(20))
            guard row.rowCount == 1, let system = SystemID(try row.string(0, 0)),
                let position = LSN(try row.string(0, 2))
            else { return nil }
            return ServerPlace(
                system: system,
                timeline: UInt32(clamping: try row.int(0, 1)),
                position: position,
                segmentSize: try row.int(0, 3),
                time: Timestamp(microseconds: try row.timestampMicroseconds(0, 4))
            )
        } catch {
            throw RecoveryError(error)
        }
    }
}
