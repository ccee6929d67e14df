// SPDX-License-Identifier: Apache-2.0
// Handing due rows out: to the bus (pump), or straight to a worker while the bus is away (take).

internal import Postgres

extension Ledger {
    /// The pick by ctid keeps the plan a range scan of the one index and a tid scan, however stale the statistics are.
    private static let picked = """
        ctid = ANY (ARRAY(
            SELECT c.ctid FROM unnest($1, $2) AS l (lane, room) CROSS JOIN LATERAL (
                SELECT ctid FROM job_live WHERE lane = l.lane AND check_at <= now()
                ORDER BY check_at LIMIT l.room FOR UPDATE SKIP LOCKED) c
            LIMIT $5))
        """

    private static let columns = """
        m.id, m.epoch, m.attempt, m.queue_id, m.priority, m.dispatched_at, j.kind, j.options, j.args
        """

    static let pump = PostgresStatement(
        "job_pump",
        """
        WITH moved AS (
            UPDATE job_live SET lane = -1, state = 2, check_at = now() + $4 * interval '1 microsecond',
                dispatched_at = now(), generation = $3
            WHERE \(picked) RETURNING id, epoch, attempt, queue_id, priority, dispatched_at)
        SELECT \(columns) FROM moved m JOIN job j ON j.id = m.id
        """,
        parameters: [.int4Array, .int4Array, .int4, .int8, .int4]
    )

    static let take = PostgresStatement(
        "job_take",
        """
        WITH moved AS (
            UPDATE job_live SET lane = -1, state = 3, check_at = now() + $4 * interval '1 microsecond',
                dispatched_at = now(), owner = $3
            WHERE \(picked) RETURNING id, epoch, attempt, queue_id, priority, dispatched_at)
        SELECT \(columns) FROM moved m JOIN job j ON j.id = m.id
        """,
        parameters: [.int4Array, .int4Array, .int8, .int8, .int4]
    )

    private static let readArgs = PostgresStatement(
        "job_args",
        "SELECT j.id, j.args FROM unnest($1) AS u (id) JOIN job j ON j.id = u.id",
        parameters: [.int8Array]
    )

    /// Marks due rows as dispatched, oldest first in each lane, and returns them for the bus.
    ///
    /// - Parameters:
    ///   - room: How many rows each lane may give.
    ///   - generation: The bus generation that the rows shall bear.
    public func pump(_ room: [(lane: Lane, count: Int)], generation: Int32) async throws(JobsError) -> [ClaimedJob] {
        var bindings = Self.bindings(room)
        bindings.append(generation)
        bindings.append(relayDeadline.wholeMicroseconds)
        bindings.append(Int32.max)
        return try claimed(try await execute(Self.pump, bindings))
    }

    /// Takes due rows straight into a worker's hands, with a lease: at most `limit` in all, from the first lanes first.
    public func take(_ limit: Int, from lanes: [Lane], owner: Int64, lease: Duration) async throws(JobsError)
        -> [ClaimedJob]
    {
        var bindings = Self.bindings(lanes.map { ($0, limit) })
        bindings.append(owner)
        bindings.append(lease.wholeMicroseconds)
        bindings.append(Int32(clamping: limit))
        return try claimed(try await execute(Self.take, bindings))
    }

    /// Reads arguments that were too long for the bus.
    public func args(of ids: [JobID]) async throws(JobsError) -> [JobID: [UInt8]] {
        var bindings = PostgresBindings()
        bindings.append(Self.array(ids.map(\.rawValue)))
        let result = try await execute(Self.readArgs, bindings)
        return try decode { () throws(PostgresError) in
            var found: [JobID: [UInt8]] = [:]
            for row in 0..<result.rowCount {
                found[JobID(rawValue: try result.int64(row, 0))] = try result.bytes(row, 1)
            }
            return found
        }
    }

    private static func bindings(_ room: [(lane: Lane, count: Int)]) -> PostgresBindings {
        var lanes = PostgresArray(.int4, capacity: room.count)
        var counts = PostgresArray(.int4, capacity: room.count)
        for entry in room {
            lanes.append(entry.lane.rawValue)
            counts.append(Int32(clamping: entry.count))
        }
        var bindings = PostgresBindings()
        bindings.append(lanes)
        bindings.append(counts)
        return bindings
    }

    private func claimed(_ result: PostgresResult) throws(JobsError) -> [ClaimedJob] {
        try decode { () throws(PostgresError) in
            var jobs: [ClaimedJob] = []
            jobs.reserveCapacity(result.rowCount)
            for row in 0..<result.rowCount {
                jobs.append(
                    ClaimedJob(
                        id: JobID(rawValue: try result.int64(row, 0)),
                        epoch: try result.int32(row, 1),
                        attempt: try result.int16(row, 2) + 1,
                        lane: Lane(queue: try result.int32(row, 3), priority: try result.int16(row, 4)),
                        dispatchedAt: try result.timestampMicroseconds(row, 5),
                        kind: try result.string(row, 6),
                        options: JobOptions(encoded: try result.optionalString(row, 7)),
                        args: try result.bytes(row, 8)
                    )
                )
            }
            return jobs
        }
    }

    static func array(_ numbers: [Int64]) -> PostgresArray {
        var array = PostgresArray(.int8, capacity: numbers.count)
        for number in numbers { array.append(number) }
        return array
    }

    static func array(_ numbers: [Int32]) -> PostgresArray {
        var array = PostgresArray(.int4, capacity: numbers.count)
        for number in numbers { array.append(number) }
        return array
    }
}
