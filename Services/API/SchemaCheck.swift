// SPDX-License-Identifier: Apache-2.0
// Martlet: no readiness before the database has the schema that this version needs.

internal import Jobs
internal import Logging
internal import Platform
internal import Postgres

/// Looks whether the schema is there, or brings it there.
struct SchemaCheck: Sendable {
    private static let pause: Duration = .seconds(1)

    private let configuration: PostgresConfiguration
    private let loop: EventLoop
    private let migratesOnStart: Bool
    private let logger: Logger

    init(_ settings: APISettings, loop: EventLoop, logger: Logger) throws {
        var configuration = try settings.requireDatabase()
        configuration.applicationName = "\(APIService.name)/schema"
        // A migration may take its time; that of requests has another limit.
        configuration.statementTimeout = .seconds(600)
        self.configuration = configuration
        self.loop = loop
        migratesOnStart = settings.migratesOnStart
        self.logger = logger
    }

    /// Returns once nothing is missing; tries again every second, for the database or the migration may come later.
    ///
    /// - Throws: Only when cancelled.
    func waitUntilReady() async throws {
        var lastReason = ""
        while true {
            let reason = await missing()
            guard let reason else { return }
            if reason != lastReason { logger.warning("not ready", metadata: ["reason": "\(reason)"]) }
            lastReason = reason
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Applies what is missing; returns how many migrations that were.
    func migrate() async throws(PostgresError) -> Int {
        try await runner.run().count
    }

    private var runner: MigrationRunner {
        MigrationRunner(configuration, on: loop, migrations: LedgerMigrations.all, logger: logger)
    }

    private func missing() async -> String? {
        do throws(PostgresError) {
            if migratesOnStart { _ = try await migrate() }
            return LedgerMigrations.complaint(of: try await runner.pending())
        } catch {
            return "\(error)"
        }
    }
}
