// SPDX-License-Identifier: Apache-2.0
// Martlet: a fresh database for each suite that needs one.

import Glibc
public import Postgres

/// A database on the server of `MARTLET_TEST_DATABASE_URL` that belongs to one test.
///
/// ```swift
/// @Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
/// ```
public struct TestDatabase: Sendable {
    /// Connection string of the new database.
    public let url: String
    /// Its name.
    public let name: String

    /// The server's own connection string, if one is set.
    public static var serverURL: String? {
        guard let value = getenv("MARTLET_TEST_DATABASE_URL") else { return nil }
        let url = String(cString: value)
        return url.isEmpty ? nil : url
    }

    /// Whether tests may use a database.
    public static var isAvailable: Bool { serverURL != nil }

    /// Why they may not.
    public static var reason: String { "MARTLET_TEST_DATABASE_URL is not set" }

    /// Configuration for the new database.
    public var configuration: PostgresConfiguration {
        get throws { try Self.configuration(url) }
    }

    /// Creates an empty database whose name starts with `hint`.
    public static func create(named hint: String) async throws -> TestDatabase {
        guard let serverURL else {
            throw PostgresError(.configuration, "MARTLET_TEST_DATABASE_URL is not set")
        }
        let letters = hint.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        let name = "test_\(letters.prefix(24))_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        // Copies of the template are heavy on the disk; a few at a time are faster than all at once.
        await CreationGate.shared.enter()
        do {
            try await onServer("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8'")
            await CreationGate.shared.leave()
        } catch {
            await CreationGate.shared.leave()
            throw error
        }
        return TestDatabase(url: replacingDatabase(in: serverURL, with: name), name: name)
    }

    /// Drops the database and ends whatever still uses it.
    public func drop() async throws {
        try await Self.onServer("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    /// Waits until a session of this database waits for a lock.
    public func untilSomebodyWaits() async throws {
        try await eventually("somebody waits for a lock") {
            let rows = try await Self.onServer(
                "SELECT 1 FROM pg_stat_activity WHERE datname = '\(name)' AND wait_event_type = 'Lock'"
            )
            return (rows.first?.rowCount ?? 0) > 0
        }
    }

    /// Lends a fresh database to `body` and drops it in any case.
    public static func with<Value>(
        _ hint: String,
        _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try await create(named: hint)
        do {
            let value = try await body(database)
            try await database.drop()
            return value
        } catch {
            try? await database.drop()
            throw error
        }
    }

    /// Another database of the server, which nobody has made yet.
    public func sibling(named hint: String) -> TestDatabase {
        let name = "test_\(hint)_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        return TestDatabase(url: Self.replacingDatabase(in: url, with: name), name: name)
    }

    /// Runs a script on the server's own database, such as one that ends a backend.
    @discardableResult
    public static func onServer(_ sql: String) async throws -> [PostgresResult] {
        let loop = EventLoop(name: "test-admin")
        defer { loop.shutdown() }
        var configuration = try Self.configuration(serverURL ?? "")
        configuration.statementTimeout = .seconds(120)
        configuration.lockTimeout = .seconds(120)
        let session = try await PostgresSession.connect(configuration, on: loop)
        do throws(PostgresError) {
            let results = try await session.simpleQuery(sql)
            await session.close()
            return results
        } catch {
            await session.close()
            throw error
        }
    }

    private static func configuration(_ url: String) throws -> PostgresConfiguration {
        var configuration = try PostgresConfiguration(url: url)
        configuration.connectTimeout = patience
        return configuration
    }

    private static func replacingDatabase(in url: String, with name: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "\(url) dbname=\(name)" }
        let query = url[scheme.upperBound...].firstIndex(of: "?") ?? url.endIndex
        let authority = url[scheme.upperBound..<query]
        let path = authority.firstIndex(of: "/") ?? query
        return "\(url[..<path])/\(name)\(url[query...])"
    }
}
