// SPDX-License-Identifier: Apache-2.0
// Martlet: what a private PostgreSQL server is asked.

public import Postgres

extension RecoveryServer {
    /// The URL of the database `postgres`.
    public var url: String { "postgres://postgres@127.0.0.1:\(port)/postgres" }

    /// How sessions connect.
    public var configuration: PostgresConfiguration {
        get throws {
            var configuration = try PostgresConfiguration(url: url)
            configuration.connectTimeout = .seconds(5)
            configuration.statementTimeout = .seconds(120)
            configuration.lockTimeout = .seconds(60)
            return configuration
        }
    }

    /// Runs a script; the last statement's rows as text, NULL as nothing.
    @discardableResult
    public func rows(_ sql: String) async throws -> [[String]] {
        let session = try await PostgresSession.connect(try configuration, on: loop)
        do {
            let results = try await session.simpleQuery(sql)
            await session.close()
            guard let last = results.last else { return [] }
            return try (0..<last.rowCount).map { row in
                try (0..<last.columnCount).map { last.isNull(row, $0) ? "" : try last.string(row, $0) }
            }
        } catch {
            await session.close()
            throw error
        }
    }

    /// The one value of a script's last statement.
    @discardableResult
    public func value(_ sql: String) async throws -> String { try await rows(sql).first?.first ?? "" }
}
