// SPDX-License-Identifier: Apache-2.0
// Martlet: one numbered change of the schema.

/// A migration: SQL that is run once, in the order of the numbers.
public struct Migration: Sendable, Hashable {
    /// Its place in the order, from 1, without gaps being required.
    public let number: Int
    /// What it does, such as `create_job`.
    public let name: String
    /// One or more statements without BEGIN or COMMIT.
    public let sql: String

    /// Makes a migration.
    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// Makes a migration from a file named like `0001_create_job.sql`.
    /// - Throws: `.migration` when the name has another form.
    public init(fileName: String, sql: String) throws(PostgresError) {
        let stem = fileName.hasSuffix(".sql") ? fileName.dropLast(4) : Substring(fileName)
        let parts = stem.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].utf8.count == 4, let number = Int(parts[0]), number > 0 else {
            throw PostgresError(.migration, "\(fileName) is not named like 0001_name.sql")
        }
        self.init(number: number, name: String(parts[1]), sql: sql)
    }
}
