// SPDX-License-Identifier: Apache-2.0
// Queues: made by their first job.

internal import Postgres

extension Ledger {
    private static let findOrMakeQueue = PostgresStatement(
        "queue_ensure",
        """
        WITH made AS (INSERT INTO queue (name) SELECT $1 WHERE NOT EXISTS (SELECT FROM queue WHERE name = $1)
            ON CONFLICT (name) DO NOTHING RETURNING id)
        SELECT id FROM made UNION ALL SELECT id FROM queue WHERE name = $1 LIMIT 1
        """,
        parameters: [.text]
    )

    private static let listQueues = PostgresStatement("queue_list", "SELECT id, name FROM queue", parameters: [])

    /// A queue's number; the queue is made when this is its first mention.
    public func queueNumber(_ name: String) async throws(JobsError) -> Int32 {
        if let known = queues.number(of: name) { return known }
        var bindings = PostgresBindings()
        bindings.append(name)
        // Two first mentions at once: the loser's insert does nothing and its snapshot is too old to see the winner's row, so it asks again.
        for _ in 0..<3 {
            let result = try await execute(Self.findOrMakeQueue, bindings)
            guard result.rowCount > 0 else { continue }
            let number = try decode { () throws(PostgresError) in try result.int32(0, 0) }
            queues.learn(name, number: number)
            return number
        }
        throw JobsError(.internal, "a queue could not be made")
    }

    /// Reads every queue into the directory.
    public func refreshQueues() async throws(JobsError) {
        let result = try await execute(Self.listQueues)
        for row in 0..<result.rowCount {
            let (number, name) = try decode { () throws(PostgresError) in
                (try result.int32(row, 0), try result.string(row, 1))
            }
            queues.learn(name, number: number)
        }
    }
}
