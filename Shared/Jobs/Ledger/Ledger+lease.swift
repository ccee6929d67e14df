// SPDX-License-Identifier: Apache-2.0
// Materialised leases: a job that runs longer than a moment says so in the ledger, and keeps saying so.

internal import Postgres

extension Ledger {
    /// A suspect's trial begins when a worker has it, however long it has been on its way.
    private static let hold = PostgresStatement(
        "job_hold",
        """
        UPDATE job_live l SET state = 3, owner = $3, check_at = now() + $4 * interval '1 microsecond',
            dispatched_at = CASE WHEN l.losses >= 2 AND l.state = 2 THEN now() ELSE l.dispatched_at END
        FROM unnest($1, $2) AS h (id, epoch) WHERE l.id = h.id AND l.epoch = h.epoch
        RETURNING l.id, l.epoch, l.cancel_requested
        """,
        parameters: [.int8Array, .int4Array, .int8, .int8]
    )

    /// What a renewal found.
    public struct Hold: Sendable {
        /// Those still ours; the rest were handed out anew or have ended.
        public var held: Set<Fence> = []
        /// Jobs among them that were asked to stop.
        public var cancelled: [JobID] = []
    }

    /// Takes or renews the lease on jobs in hand.
    public func hold(_ jobs: [Fence], owner: Int64, lease: Duration) async throws(JobsError) -> Hold {
        let jobs = jobs.sorted { $0.id < $1.id }
        var bindings = PostgresBindings()
        bindings.append(Self.array(jobs.map(\.id.rawValue)))
        bindings.append(Self.array(jobs.map(\.epoch)))
        bindings.append(owner)
        bindings.append(lease.wholeMicroseconds)
        let result = try await execute(Self.hold, bindings)
        return try decode { () throws(PostgresError) in
            var hold = Hold()
            for row in 0..<result.rowCount {
                let id = JobID(rawValue: try result.int64(row, 0))
                hold.held.insert(Fence(id: id, epoch: try result.int32(row, 1)))
                if try result.bool(row, 2) { hold.cancelled.append(id) }
            }
            return hold
        }
    }
}
