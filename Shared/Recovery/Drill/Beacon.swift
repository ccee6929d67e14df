// SPDX-License-Identifier: Apache-2.0
// Martlet: a sign of life in the log, so that how far an archive is behind can be told while nobody works.
public import Postgres

/// Writes a tiny transaction at intervals.
///
/// A recovered cluster knows when its last transaction was committed. On a busy ledger that says how much was lost; on an idle
/// one it says when somebody last worked. With a beacon there is always a commit of lately, so the figure means the same
/// at all hours. It writes a message into the log and no row: about 150 bytes, one transaction number, and nothing to vacuum.
///
/// It has a cost on an idle server: with `archive_timeout` a segment (nearly empty, so small when compressed) is archived at
/// each timeout, and checkpoints are not skipped. Nothing is written on a standby or where transactions are read-only.
public struct Beacon: Sendable {
    /// What the message bears in front; readers of logical decoding may filter by it.
    public static let prefix = "martlet.beacon"

    /// From one to the next, 1 s to 1 h; default 10 s.
    public let interval: Duration

    /// Takes the interval.
    public init(every interval: Duration = .seconds(10)) {
        self.interval = min(max(interval, .seconds(1)), .seconds(3600))
    }

    // In a transaction, so that a commit with its time follows, and is flushed as commits are.
    private static let write = PostgresStatement(
        "beacon",
        """
        SELECT CASE WHEN pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' THEN NULL
            ELSE pg_logical_emit_message(true, '\(prefix)', '')::text END
        """
    )

    /// Writes one.
    /// - Returns: where it begins in the log; nil where nothing may be written.
    /// - Throws: `.database`, `.deadline`, `.cancelled`.
    @discardableResult
    public static func light(_ session: PostgresSession) async throws(RecoveryError) -> LSN? {
        do throws(PostgresError) {
            let row = try await session.execute(write, deadline: .seconds(20))
            return try row.optionalString(0, 0).flatMap { LSN($0) }
        } catch {
            throw RecoveryError(error, "the beacon")
        }
    }

    /// Writes one at each interval until cancelled.
    /// - Throws: as light(_:); `.cancelled` at the end.
    public func run(_ session: PostgresSession) async throws(RecoveryError) {
        while true {
            try await Self.light(session)
            do { try await Task.sleep(for: interval) } catch {
                throw RecoveryError(.cancelled, "the beacon was cancelled")
            }
        }
    }
}
