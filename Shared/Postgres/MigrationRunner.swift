// SPDX-License-Identifier: Apache-2.0
// Martlet: brings a database to the newest schema, once, however many replicas start together.

public import Logging

/// Applies migrations under an advisory lock, each in its own transaction, forward only.
///
/// ```swift
/// let runner = MigrationRunner(configuration, on: loop, migrations: all, logger: logger)
/// let applied = try await runner.run()
/// ```
/// A migration that was applied with other text is refused. Applied numbers above the newest one given are only warned
/// about: during a rollout the old version meets the new schema.
public struct MigrationRunner: Sendable {
    /// Key of the advisory lock: "martlet" in ASCII.
    static let lockKey: Int64 = 0x6D61_7274_6C65_74

    let configuration: PostgresConfiguration
    let loop: EventLoop
    let migrations: [Migration]
    let logger: Logger

    /// Makes a runner. `configuration.statementTimeout` also bounds each migration.
    public init(_ configuration: PostgresConfiguration, on loop: EventLoop, migrations: [Migration], logger: Logger) {
        self.configuration = configuration
        self.loop = loop
        self.migrations = migrations.sorted { $0.number < $1.number }
        self.logger = logger
    }

    /// Applies what is missing.
    /// - Parameter lockDeadline: how long to wait while another process migrates; default 60 s.
    /// - Returns: the migrations that this call applied.
    /// - Throws: `.migration` for contradictions, `.server` for a failing statement, `.deadlineExceeded` for the lock.
    @discardableResult
    public func run(lockDeadline: Duration = .seconds(60)) async throws(PostgresError) -> [Migration] {
        try checkNumbers()
        let session = try await PostgresSession.connect(configuration, on: loop)
        do throws(PostgresError) {
            try await session.advisoryLock(Self.lockKey, deadline: lockDeadline)
            let applied = try await apply(on: session)
            try await session.advisoryUnlock(Self.lockKey)
            await session.close()
            return applied
        } catch {
            // Closing also gives the lock back.
            await session.close()
            throw error
        }
    }

    /// Which of the given migrations a database lacks, without changing it; for `martlet migrate --check`.
    public func pending() async throws(PostgresError) -> [Migration] {
        try checkNumbers()
        let session = try await PostgresSession.connect(configuration, on: loop)
        do throws(PostgresError) {
            let exists = try await session.execute(Self.tableExists).bool(0, 0)
            let known = exists ? try await knownNumbers(on: session) : []
            await session.close()
            return migrations.filter { !known.contains($0.number) }
        } catch {
            await session.close()
            throw error
        }
    }

    private func checkNumbers() throws(PostgresError) {
        for (first, second) in zip(migrations, migrations.dropFirst()) where first.number == second.number {
            throw PostgresError(.migration, "two migrations have number \(first.number)")
        }
        guard (migrations.first?.number ?? 1) > 0 else {
            throw PostgresError(.migration, "migration numbers start at 1")
        }
    }
}
