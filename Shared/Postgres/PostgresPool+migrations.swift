// SPDX-License-Identifier: Apache-2.0
// Martlet: what a database lacks, asked over connections that are there.

extension PostgresPool {
    /// Which of the given migrations the database lacks, in their order, without changing it.
    ///
    /// - Parameter deadline: For each of two statements; without, the pool's own limits.
    public func pending(
        _ migrations: [Migration],
        deadline: Duration? = nil
    ) async throws(PostgresError) -> [Migration] {
        guard try await execute(MigrationRunner.tableExists, deadline: deadline).bool(0, 0) else { return migrations }
        let known = try MigrationRunner.numbers(in: try await execute(MigrationRunner.numbers, deadline: deadline))
        return migrations.filter { !known.contains($0.number) }
    }
}
