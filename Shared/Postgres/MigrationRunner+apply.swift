// SPDX-License-Identifier: Apache-2.0
// Martlet: the SQL side of running migrations.

import Logging

extension MigrationRunner {
    static let tableExists = PostgresStatement("migration_table", "SELECT to_regclass('martlet_migration') IS NOT NULL")
    private static let createTable = PostgresStatement(
        "",
        """
        CREATE TABLE IF NOT EXISTS martlet_migration (
            number int4 PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    static let numbers = PostgresStatement("migration_numbers", "SELECT number FROM martlet_migration")
    /// The server computes the checksums, so that no cryptography library is needed here.
    private static let compare = PostgresStatement(
        "",
        """
        SELECT given.number, applied.checksum = encode(sha256(convert_to(given.sql, 'UTF8')), 'hex')
        FROM unnest($1, $2) AS given (number, sql) JOIN martlet_migration applied USING (number) ORDER BY 1
        """,
        parameters: [.int4Array, .textArray]
    )
    private static let record = PostgresStatement(
        "",
        """
        INSERT INTO martlet_migration (number, name, checksum)
        VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
        """,
        parameters: [.int4, .text, .text]
    )

    func knownNumbers(on session: PostgresSession) async throws(PostgresError) -> Set<Int> {
        try Self.numbers(in: try await session.execute(Self.numbers))
    }

    static func numbers(in result: PostgresResult) throws(PostgresError) -> Set<Int> {
        var known: Set<Int> = []
        for row in 0..<result.rowCount { known.insert(try result.int(row, 0)) }
        return known
    }

    func apply(on session: PostgresSession) async throws(PostgresError) -> [Migration] {
        try await session.execute(Self.createTable)
        let known = try await knownNumbers(on: session)
        try await refuseChanged(on: session)
        warnOfNewer(known)
        var applied: [Migration] = []
        for migration in migrations where !known.contains(migration.number) {
            try await apply(migration, on: session)
            logger.debug("applied migration", metadata: ["number": "\(migration.number)", "name": "\(migration.name)"])
            applied.append(migration)
        }
        return applied
    }

    private func apply(_ migration: Migration, on session: PostgresSession) async throws(PostgresError) {
        var bindings = PostgresBindings()
        bindings.append(Int32(clamping: migration.number))
        bindings.append(migration.name)
        bindings.append(migration.sql)
        try await session.simpleQuery("BEGIN")
        do throws(PostgresError) {
            try await session.simpleQuery(migration.sql)
            try await session.execute(Self.record, bindings)
            try await session.simpleQuery("COMMIT")
        } catch {
            throw PostgresError(
                error.code,
                "migration \(migration.number) (\(migration.name)): \(error.message)",
                details: error.details,
                mayHaveExecuted: error.mayHaveExecuted,
                cause: error
            )
        }
    }

    private func refuseChanged(on session: PostgresSession) async throws(PostgresError) {
        var numbers = PostgresArray(.int4, capacity: migrations.count)
        var texts = PostgresArray(.text, capacity: migrations.count)
        for migration in migrations {
            numbers.append(Int32(clamping: migration.number))
            texts.append(migration.sql)
        }
        var bindings = PostgresBindings()
        bindings.append(numbers)
        bindings.append(texts)
        let result = try await session.execute(Self.compare, bindings)
        for row in 0..<result.rowCount where try !result.bool(row, 1) {
            throw PostgresError(.migration, "migration \(try result.int(row, 0)) was changed after it was applied")
        }
    }

    private func warnOfNewer(_ known: Set<Int>) {
        let newest = migrations.last?.number ?? 0
        let newer = known.filter { $0 > newest }.sorted()
        guard !newer.isEmpty else { return }
        logger.warning("the database is newer than this version", metadata: ["migrations": "\(newer)"])
    }
}
