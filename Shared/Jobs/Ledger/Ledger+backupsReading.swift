// SPDX-License-Identifier: Apache-2.0
// The ledger's copy of the catalogues of backups: reading.

internal import Platform
internal import Postgres

extension Ledger {
    private static let listBackups = PostgresStatement(
        "backup_list",
        """
        SELECT * FROM (
            SELECT b.id, b.system, b.method, b.database, b.is_complete, b.is_pinned, b.began_at, b.ended_at, b.plain_bytes, b.stored_bytes,
                b.details, c.ended_at AS checked_at, CASE
                    WHEN NOT b.is_complete THEN 'unfinished'
                    WHEN c.outcome = 'damaged' THEN 'damaged'
                    WHEN c.outcome = 'passed' THEN 'verified'
                    ELSE 'complete' END AS state
            FROM backup b LEFT JOIN LATERAL (
                SELECT outcome, ended_at FROM backup_check WHERE backup = b.id AND system = b.system AND outcome <> 'failed'
                ORDER BY began_at DESC LIMIT 1) c ON true
            WHERE ($1::text IS NULL OR (b.id, b.system) < ($1, $2)) AND ($3::text IS NULL OR b.system = $3)
                AND ($4::text IS NULL OR b.method = $4)) found
        WHERE $5::text IS NULL OR state = $5 ORDER BY id DESC, system DESC LIMIT $6
        """,
        parameters: [.text, .text, .text, .text, .text, .int4]
    )

    private static let lastBackups = PostgresStatement(
        "backup_last",
        """
        SELECT system, method, max(ended_at) FROM backup WHERE is_complete AND ended_at IS NOT NULL AND ($1::text IS NULL OR system = $1)
        GROUP BY system, method ORDER BY system LIMIT 200
        """,
        parameters: [.text]
    )

    private static let checkColumns = """
        backup, system, kind, began_at, ended_at, outcome, rpo_us, rto_us, rpo_objective_us, rto_objective_us, finding
        """

    private static let lastChecks = PostgresStatement(
        "backup_check_last",
        """
        (SELECT DISTINCT ON (system, kind) \(checkColumns), false FROM backup_check WHERE $1::text IS NULL OR system = $1
            ORDER BY system, kind, began_at DESC LIMIT 200)
        UNION ALL
        (SELECT DISTINCT ON (system) \(checkColumns), true FROM backup_check
            WHERE kind = 'drill' AND rto_us IS NOT NULL AND ($1::text IS NULL OR system = $1)
            ORDER BY system, began_at DESC LIMIT 200)
        """,
        parameters: [.text]
    )

    private static let readReceivers = PostgresStatement(
        "backup_receivers",
        """
        SELECT system, host, timeline, position, lag_bytes, lag_us, gaps, seen_at FROM backup_receiver
        WHERE $1::text IS NULL OR system = $1 ORDER BY system LIMIT 100
        """,
        parameters: [.text]
    )

    /// Backups that pass a filter, newest first.
    ///
    /// - Parameters:
    ///   - cursor: The page holds those after this one; nil begins with the newest.
    ///   - limit: Most backups on the page, 1...1,000.
    public func backups(_ filter: BackupFilter, after cursor: BackupCursor? = nil, limit: Int) async throws(JobsError)
        -> BackupPage
    {
        var bindings = PostgresBindings()
        bindings.append(cursor?.id)
        bindings.append(cursor?.system)
        bindings.append(filter.system)
        bindings.append(filter.method)
        bindings.append(filter.state?.rawValue)
        bindings.append(Int32(limit + 1))
        let result = try await execute(Self.listBackups, bindings)
        let items = try decode { () throws(PostgresError) in
            var items: [BackupPage.Item] = []
            for row in 0..<min(result.rowCount, limit) { items.append(try BackupPage.Item(result, row)) }
            return items
        }
        let next = result.rowCount > limit ? items.last?.backup : nil
        return BackupPage(items: items, next: next.map { BackupCursor(id: $0.id, system: $0.system) })
    }

    /// The newest of everything by system, at most 100; of one system when it is named.
    public func backupSummaries(of system: String? = nil) async throws(JobsError) -> [BackupSummary] {
        var bindings = PostgresBindings()
        bindings.append(system)
        let results = try await transaction([
            (Self.lastBackups, bindings), (Self.lastChecks, bindings), (Self.readReceivers, bindings),
        ])
        var found: [String: BackupSummary] = [:]
        try decode { () throws(PostgresError) in
            for row in 0..<results[0].rowCount {
                let system = try results[0].string(row, 0)
                let time = Timestamp(microseconds: try results[0].timestampMicroseconds(row, 2))
                found[system, default: BackupSummary(system)].lastBackups[try results[0].string(row, 1)] = time
            }
            for row in 0..<results[1].rowCount {
                let check = try BackupCheckRecord(results[1], row)
                var summary = found[check.system] ?? BackupSummary(check.system)
                if try results[1].bool(row, 11) {
                    summary.lastMeasured = check
                } else if check.kind == "drill" {
                    summary.lastDrill = check
                } else {
                    summary.lastVerification = check
                }
                found[check.system] = summary
            }
            for row in 0..<results[2].rowCount {
                let receiver = try LogReceiverRecord(results[2], row)
                found[receiver.system, default: BackupSummary(receiver.system)].receiver = receiver
            }
        }
        return found.values.sorted { $0.system < $1.system }
    }
}

extension BackupPage.Item {
    fileprivate init(_ result: PostgresResult, _ row: Int) throws(PostgresError) {
        backup = BackupRecord(
            id: try result.string(row, 0),
            system: try result.string(row, 1),
            method: try result.string(row, 2),
            database: try result.optionalString(row, 3),
            isComplete: try result.bool(row, 4),
            isPinned: try result.bool(row, 5),
            began: Timestamp(microseconds: try result.timestampMicroseconds(row, 6)),
            ended: try result.optionalTimestampMicroseconds(row, 7).map { Timestamp(microseconds: $0) },
            plainBytes: try result.optionalInt64(row, 8),
            storedBytes: try result.optionalInt64(row, 9),
            details: try result.string(row, 10)
        )
        checked = try result.optionalTimestampMicroseconds(row, 11).map { Timestamp(microseconds: $0) }
        state = BackupState(rawValue: try result.string(row, 12)) ?? .complete
    }
}

extension BackupCheckRecord {
    fileprivate init(_ result: PostgresResult, _ row: Int) throws(PostgresError) {
        self.init(
            backup: try result.string(row, 0),
            system: try result.string(row, 1),
            kind: try result.string(row, 2),
            began: Timestamp(microseconds: try result.timestampMicroseconds(row, 3)),
            ended: Timestamp(microseconds: try result.timestampMicroseconds(row, 4)),
            outcome: try result.string(row, 5),
            finding: try result.optionalString(row, 10)
        )
        recoveryPoint = try result.optionalInt64(row, 6).map { .microseconds($0) }
        recoveryTime = try result.optionalInt64(row, 7).map { .microseconds($0) }
        pointObjective = try result.optionalInt64(row, 8).map { .microseconds($0) }
        timeObjective = try result.optionalInt64(row, 9).map { .microseconds($0) }
    }
}

extension LogReceiverRecord {
    fileprivate init(_ result: PostgresResult, _ row: Int) throws(PostgresError) {
        self.init(
            system: try result.string(row, 0),
            host: try result.string(row, 1),
            timeline: UInt32(clamping: try result.int64(row, 2)),
            position: try result.string(row, 3),
            lagBytes: try result.int64(row, 4),
            lag: .microseconds(try result.int64(row, 5)),
            gaps: Int(try result.int32(row, 6)),
            seen: Timestamp(microseconds: try result.timestampMicroseconds(row, 7))
        )
    }
}
