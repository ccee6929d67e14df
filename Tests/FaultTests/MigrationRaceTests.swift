// SPDX-License-Identifier: Apache-2.0
// Martlet: replicas that start together migrate once.

import TestSupport
import Testing

extension Faults {
    @Suite struct MigrationRaceTests {
        @Test(arguments: FaultSeed.all) func severalAtOnce(_ seed: FaultSeed) async throws {
            try await Faults.run("migrators at once", seed) { cluster, _, dice in
                let count = FaultTier.rounds(3, deep: 12)
                let name = "race_\(dice.roll(1...999_999_999))"
                try await cluster.postgres.rows("CREATE DATABASE \(name)", in: "postgres")
                let ends = try await withThrowingTaskGroup(of: ClusterExit.self) { group in
                    for _ in 0..<count { group.addTask { try await cluster.migrate(name) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                try demand(ends.allSatisfy { $0 == .code(0) }, "migrators ended with \(ends)")
                let query = """
                    SELECT (SELECT count(*) FROM bus), (SELECT count(*) FROM leader), (SELECT count(*) FROM queue),
                        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')
                    """
                let rows = try await cluster.postgres.rows(query, in: name)
                try demand(
                    rows == [["1", "1", "1", "0"]],
                    "the migration ran more than once, or kept its lock: \(rows)"
                )
                try await cluster.postgres.rows("DROP DATABASE \(name)", in: "postgres")
                return "\(count) migrators, one migration"
            }
        }
    }
}
