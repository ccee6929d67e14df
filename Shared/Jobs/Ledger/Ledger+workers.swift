// SPDX-License-Identifier: Apache-2.0
// The workers' register.

internal import Postgres

extension Ledger {
    private static let report = PostgresStatement(
        "worker_report",
        """
        INSERT INTO worker (id, name, version, queues, concurrency, running) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET running = excluded.running, queues = excluded.queues, seen_at = now()
        """,
        parameters: [.int8, .text, .text, .text, .int4, .int4]
    )

    /// Workers report every 15 s.
    private static let served = PostgresStatement(
        "queue_served",
        """
        SELECT id FROM queue q WHERE EXISTS (
            SELECT FROM worker WHERE seen_at > now() - interval '45 seconds' AND q.name = ANY (string_to_array(queues, ',')))
        """,
        parameters: []
    )

    private static let leave = PostgresStatement(
        "worker_leave",
        "DELETE FROM worker WHERE id = $1",
        parameters: [.int8]
    )

    /// Says that a worker is alive.
    public func report(_ worker: WorkerReport) async throws(JobsError) {
        var bindings = PostgresBindings()
        bindings.append(worker.id)
        bindings.append(worker.name)
        bindings.append(worker.version)
        bindings.append(worker.queues)
        bindings.append(Int32(clamping: worker.concurrency))
        bindings.append(Int32(clamping: worker.running))
        _ = try await execute(Self.report, bindings)
    }

    /// The queues that a living worker serves.
    public func servedQueues() async throws(JobsError) -> Set<Int32> {
        let result = try await execute(Self.served)
        return try decode { () throws(PostgresError) in
            Set(try (0..<result.rowCount).map { row throws(PostgresError) in try result.int32(row, 0) })
        }
    }

    /// Says that a worker has ended in good order.
    public func leave(worker: Int64) async throws(JobsError) {
        var bindings = PostgresBindings()
        bindings.append(worker)
        _ = try await execute(Self.leave, bindings)
    }
}
