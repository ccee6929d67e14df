// SPDX-License-Identifier: Apache-2.0
// Martlet: a test's database with a schema, and a pool over it.

public import Logging
public import Postgres

extension TestDatabase {
    /// Applies migrations and makes a pool with patient limits, which the caller runs.
    public func pool(
        _ name: String,
        migrations: [Migration],
        serverSettings: [(name: String, value: String)],
        connections: Int = 3,
        on loop: EventLoop,
        logger: Logger
    ) async throws -> PostgresPool {
        try await MigrationRunner(configuration, on: loop, migrations: migrations, logger: logger).run()
        var settings = PostgresPoolConfiguration(try configuration, name: name, connections: connections)
        settings.connection.serverSettings = serverSettings
        settings.connection.lockTimeout = patience
        settings.acquireTimeout = patience
        return PostgresPool(settings, loops: [loop], logger: logger)
    }
}
