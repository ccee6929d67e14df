// SPDX-License-Identifier: Apache-2.0
// The ledger's side of the bus generation.

internal import Postgres

extension Ledger {
    private static let adopt = PostgresStatement(
        "bus_adopt",
        """
        WITH changed AS (
            UPDATE bus SET generation = generation + 1, mark = $1, changed_at = now() WHERE mark <> $1 RETURNING generation)
        SELECT generation FROM changed UNION ALL SELECT generation FROM bus WHERE mark = $1 LIMIT 1
        """,
        parameters: [.text]
    )

    /// The generation that belongs to a mark found in Redis: the present one if the ledger knows the mark, else the next.
    ///
    /// Any number of processes may call this with the same mark; the generation rises once.
    public func busGeneration(mark: String) async throws(JobsError) -> Int32 {
        var bindings = PostgresBindings()
        bindings.append(mark)
        // Two first callers at once: the loser waits for the winner's update, changes nothing, and its snapshot is too old to see the row.
        for _ in 0..<3 {
            let result = try await execute(Self.adopt, bindings)
            guard result.rowCount > 0 else { continue }
            return try decode { () throws(PostgresError) in try result.int32(0, 0) }
        }
        throw JobsError(.internal, "the bus generation could not be agreed on")
    }
}
