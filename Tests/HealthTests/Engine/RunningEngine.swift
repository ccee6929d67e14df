// SPDX-License-Identifier: Apache-2.0
// Martlet: an aggregator with a pool of its own on a test's database, that can leave, and die.

import Jobs
import Logging
import Platform
import Postgres
import ServiceLifecycle
import TestSupport

@testable import Health

final class RunningEngine: Sendable {
    let engine: HealthEngine
    /// Where its metrics are.
    let registry = MetricsRegistry()
    private let loop: EventLoop
    private let pool: Task<Void, any Error>
    private let services: Task<Void, any Error>
    private let group: ServiceGroup

    /// Starts an aggregator.
    init(
        _ configuration: HealthConfiguration,
        on fixture: StoreFixture,
        location: String = "here",
        address: String = "http://127.0.0.1:1"
    ) throws {
        let logger = Logger(label: "engine") { _ in SwiftLogNoOpLogHandler() }
        loop = EventLoop(name: "engine")
        var settings = PostgresPoolConfiguration(try fixture.database.configuration, name: "engine", connections: 2)
        settings.connection.serverSettings = LedgerTuning.settings
        settings.acquireTimeout = .seconds(1)
        settings.maxBackoff = .milliseconds(500)
        let pool = PostgresPool(settings, loops: [loop], logger: logger)
        engine = HealthEngine(
            configuration,
            place: .init(location: location, address: address),
            store: HealthStore(pool: pool),
            ledger: Ledger(pool: pool),
            resources: Fixture.resources,
            metrics: registry,
            logger: logger,
            identity: BootID()
        )
        let group = ServiceGroup(services: engine.services, logger: logger)
        self.group = group
        self.pool = Task { try await pool.run() }
        services = Task { try await group.run() }
    }

    /// Lends a running aggregator to `body`, and ends it in good order.
    static func with(
        _ configuration: HealthConfiguration,
        on fixture: StoreFixture,
        _ body: (HealthEngine) async throws -> Void
    ) async throws {
        let running = try RunningEngine(configuration, on: fixture)
        do { try await body(running.engine) } catch {
            await running.crash()
            throw error
        }
        await running.leave()
    }

    /// What a scrape shows of a series, such as `martlet_health_checks_by_state{state="up"}`.
    func shown(_ series: String) -> Double? { registry.shown(series) }

    /// Ends it in good order.
    func leave() async {
        await group.triggerGracefulShutdown()
        _ = await services.result
        await end()
    }

    /// Ends it without a word to the ledger.
    func crash() async {
        await end()
        services.cancel()
        _ = await services.result
    }

    private func end() async {
        pool.cancel()
        _ = await pool.result
        loop.shutdown()
    }
}

extension HealthConfiguration {
    /// Checks that a script answers, each second, and receivers who are told of everything.
    static func scripted(_ probes: [(id: String, probe: ScriptedProbe)], telling receivers: [Receiver] = []) throws
        -> HealthConfiguration
    {
        let targets = receivers.map { NotificationTarget.receiver($0.name) }
        let routes = receivers.isEmpty ? [] : [NotificationRoute(name: "all", targets: targets)]
        var configuration = HealthConfiguration(policy: try NotificationPolicy(routes: routes))
        configuration.receivers = receivers
        configuration.checks = probes.map {
            CheckDefinition(id: $0.id, kind: "script", target: $0.id, interval: .seconds(1), probe: $0.probe)
        }
        return configuration
    }
}

extension StoreFixture {
    /// Cuts every connection to the database, and lets nobody in.
    func cut() async throws {
        try await TestDatabase.onServer("ALTER DATABASE \(database.name) ALLOW_CONNECTIONS false")
        try await TestDatabase.onServer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)'"
        )
    }

    /// Lets everybody in again, and waits until the store has a connection: its pool takes its time between tries.
    func mend() async throws {
        try await TestDatabase.onServer("ALTER DATABASE \(database.name) ALLOW_CONNECTIONS true")
        try await eventually("the store answers again") {
            do {
                _ = try await store.incident(0)
                return true
            } catch { return false }
        }
    }
}
