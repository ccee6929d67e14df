// SPDX-License-Identifier: Apache-2.0
// A record from a row of the reading statements.

internal import Postgres

extension JobRecord {
    /// Reads the columns that `Ledger+read` selects, in their order.
    init(_ result: PostgresResult, _ row: Int, queue: String) throws(PostgresError) {
        let live = try result.optionalInt16(row, 9).flatMap { LiveState(rawValue: $0) }
        let checkAt = try result.optionalTimestampMicroseconds(row, 10)
        let isDue = try result.optionalBool(row, 11) ?? true
        let outcome = try result.optionalInt16(row, 16).flatMap { JobOutcome(rawValue: $0) }
        // A row that is neither live nor done is being moved between the two by a commit that this snapshot half sees; it can't be: both are read in
        // one snapshot. Only a dropped receipt partition leaves it so, and that job had ended.
        let state = live?.shown(isDue: isDue) ?? outcome?.state ?? .completed
        let waits = live == .scheduled || live == .available || live == .retryable
        self.init(
            id: JobID(rawValue: try result.int64(row, 0)),
            kind: try result.string(row, 3),
            queue: queue,
            priority: Int(try result.int16(row, 2)),
            state: state,
            args: try result.bytes(row, 4),
            options: JobOptions(encoded: try result.optionalString(row, 5)),
            attempt: Int(try result.optionalInt16(row, 12) ?? 0),
            losses: Int(try result.optionalInt16(row, 13) ?? 0),
            epoch: try result.optionalInt32(row, 14) ?? 0,
            dueAt: waits ? checkAt : nil,
            finishedAt: try result.optionalTimestampMicroseconds(row, 17),
            runTime: try result.optionalInt64(row, 18).map { .microseconds($0) },
            result: try result.optionalBytes(row, 19),
            cancelRequested: try result.bool(row, 15),
            tags: try result.optionalString(row, 6)?.split(separator: "\n").map(String.init) ?? [],
            metadata: try result.optionalBytes(row, 7),
            uniqueKey: try result.optionalString(row, 8),
            attempts: []
        )
    }
}
