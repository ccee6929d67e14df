// SPDX-License-Identifier: Apache-2.0
// The ledger's copy of the catalogues of backups: writing.

internal import Platform
internal import Postgres

extension Ledger {
    private static let keepBackup = PostgresStatement(
        "backup_keep",
        """
        INSERT INTO backup (id, system, method, database, is_complete, is_pinned, began_at, ended_at, plain_bytes, stored_bytes, details)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (id, system) DO UPDATE SET is_complete = excluded.is_complete, is_pinned = excluded.is_pinned,
            database = excluded.database, began_at = excluded.began_at, ended_at = excluded.ended_at,
            plain_bytes = excluded.plain_bytes, stored_bytes = excluded.stored_bytes, details = excluded.details
        WHERE (backup.is_complete, backup.is_pinned, backup.database, backup.began_at, backup.ended_at, backup.plain_bytes,
            backup.stored_bytes, backup.details) IS DISTINCT FROM (excluded.is_complete, excluded.is_pinned, excluded.database,
            excluded.began_at, excluded.ended_at, excluded.plain_bytes, excluded.stored_bytes, excluded.details)
        """,
        parameters: [
            .text, .text, .text, .text, .bool, .bool, .timestamptz, .timestamptz, .int8, .int8, .text,
        ]
    )

    private static let forgetBackups = PostgresStatement(
        "backup_forget",
        "DELETE FROM backup WHERE system = $1 AND NOT id = ANY ($2)",
        parameters: [.text, .textArray]
    )

    private static let forgetChecks = PostgresStatement(
        "backup_check_forget",
        "DELETE FROM backup_check WHERE system = $1 AND began_at < now() - interval '400 days'",
        parameters: [.text]
    )

    private static let keepCheck = PostgresStatement(
        "backup_check_keep",
        """
        INSERT INTO backup_check (backup, system, kind, began_at, ended_at, outcome, rpo_us, rto_us, rpo_objective_us, rto_objective_us,
            finding)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING
        """,
        parameters: [
            .text, .text, .text, .timestamptz, .timestamptz, .text, .int8, .int8, .int8, .int8, .text,
        ]
    )

    private static let keepReceiver = PostgresStatement(
        "backup_receiver_keep",
        """
        INSERT INTO backup_receiver (system, host, timeline, position, lag_bytes, lag_us, gaps) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (system) DO UPDATE SET host = excluded.host, timeline = excluded.timeline, position = excluded.position,
            lag_bytes = excluded.lag_bytes, lag_us = excluded.lag_us, gaps = excluded.gaps, seen_at = now()
        """,
        parameters: [.text, .text, .int8, .text, .int8, .int8, .int4]
    )

    /// Copies a backup; the same once more changes nothing.
    public func keep(_ backup: BackupRecord) async throws(JobsError) {
        _ = try await execute(Self.keepBackup, Self.bindings(backup))
    }

    /// Copies the result of a check, once.
    public func keep(_ check: BackupCheckRecord) async throws(JobsError) {
        _ = try await execute(Self.keepCheck, Self.bindings(check))
    }

    /// Says how far a receiver of WAL is.
    public func keep(_ receiver: LogReceiverRecord) async throws(JobsError) {
        var bindings = PostgresBindings()
        bindings.append(receiver.system)
        bindings.append(receiver.host)
        bindings.append(Int64(receiver.timeline))
        bindings.append(receiver.position)
        bindings.append(receiver.lagBytes)
        bindings.append(receiver.lag.wholeMicroseconds)
        bindings.append(Int32(clamping: receiver.gaps))
        _ = try await execute(Self.keepReceiver, bindings)
    }

    /// Makes the copy of one system as its catalogue is, in one transaction: what is not there any more goes, results
    /// older than 400 days too.
    public func replaceBackups(
        of system: String,
        with backups: [BackupRecord],
        checks: [BackupCheckRecord]
    ) async throws(JobsError) {
        var names = PostgresArray(.text, capacity: backups.count)
        for backup in backups { names.append(backup.id) }
        var old = PostgresBindings()
        old.append(system)
        var gone = PostgresBindings()
        gone.append(system)
        gone.append(names)
        let kept = backups.filter { $0.system == system }.map { (Self.keepBackup, Self.bindings($0)) }
        let results = checks.filter { $0.system == system }.map { (Self.keepCheck, Self.bindings($0)) }
        _ = try await transaction(kept + results + [(Self.forgetBackups, gone), (Self.forgetChecks, old)])
    }

    private static func bindings(_ backup: BackupRecord) -> PostgresBindings {
        var bindings = PostgresBindings()
        bindings.append(backup.id)
        bindings.append(backup.system)
        bindings.append(backup.method)
        bindings.append(backup.database)
        bindings.append(backup.isComplete)
        bindings.append(backup.isPinned)
        bindings.append(timestamp: backup.began.microseconds)
        bindings.append(timestamp: backup.ended?.microseconds)
        bindings.append(backup.plainBytes)
        bindings.append(backup.storedBytes)
        bindings.append(backup.details)
        return bindings
    }

    private static func bindings(_ check: BackupCheckRecord) -> PostgresBindings {
        var bindings = PostgresBindings()
        bindings.append(check.backup)
        bindings.append(check.system)
        bindings.append(check.kind)
        bindings.append(timestamp: check.began.microseconds)
        bindings.append(timestamp: check.ended.microseconds)
        bindings.append(check.outcome)
        bindings.append(check.recoveryPoint?.wholeMicroseconds)
        bindings.append(check.recoveryTime?.wholeMicroseconds)
        bindings.append(check.pointObjective?.wholeMicroseconds)
        bindings.append(check.timeObjective?.wholeMicroseconds)
        bindings.append(check.finding)
        return bindings
    }
}
