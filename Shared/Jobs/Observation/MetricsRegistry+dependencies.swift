// SPDX-License-Identifier: Apache-2.0
// What every program shows of its connections to the two servers and of the bus.

public import NIOCore
public import Platform
public import Postgres
public import Redis

extension PostgresPoolConfiguration {
    /// Has the pool's calls counted and timed; call it before the pool is made.
    public mutating func observe(in registry: MetricsRegistry) {
        let calls = CallMetrics(registry, dependency: "postgres", system: "postgresql", labels: [("pool", name)])
        onCall = { operation, elapsed, error in calls.record(operation, elapsed, error: error.map { "\($0.code)" }) }
    }
}

extension RedisConfiguration {
    /// Has the client's calls counted and timed; call it before the client is made.
    public mutating func observe(in registry: MetricsRegistry) {
        let calls = CallMetrics(registry, dependency: "redis", system: "redis")
        onCall = { command, elapsed, error in calls.record(command, elapsed, error: error.map { "\($0.code)" }) }
    }
}

extension MetricsRegistry {
    /// Shows what a pool is doing.
    public func show(_ pool: PostgresPool) {
        let labels = [("pool", pool.configuration.name)]
        gauge("martlet_postgres_connections", help: "Open connections to the ledger.", labels: labels) { [weak pool] in
            pool.map { Double($0.status.open) }
        }
        gauge("martlet_postgres_connections_wanted", help: "Connections that should be open.", labels: labels) {
            [weak pool] in
            pool.map { Double($0.status.wanted) }
        }
        gauge("martlet_postgres_calls_in_flight", help: "Statements sent and not answered.", labels: labels) {
            [weak pool] in
            pool.map { Double($0.status.inFlight) }
        }
        gauge("martlet_postgres_calls_waiting", help: "Calls that wait for a connection.", labels: labels) {
            [weak pool] in
            pool.map { Double($0.status.waiting) }
        }
    }

    /// Shows what a client is doing.
    public func show(_ client: RedisClient) {
        gauge("martlet_redis_connected", help: "1 while there is a connection.") { [weak client] in
            client.map { $0.statistics.isConnected ? 1 : 0 }
        }
        counter("martlet_redis_connects", help: "Connections made.") { [weak client] in
            client.map { Double($0.statistics.epoch) }
        }
        counter("martlet_redis_connect_failures", help: "Attempts to connect that failed.") {
            Double(client.statistics.failedConnects)
        }
        gauge("martlet_redis_commands_in_flight", help: "Commands sent and not answered.") { [weak client] in
            client.map { Double($0.statistics.commandsInFlight) }
        }
    }

    /// Shows whether the bus is in use.
    public func show(_ bus: Bus) {
        gauge("martlet_bus_connected", help: "1 while new jobs can go over the bus.") { bus.isOpen ? 1 : 0 }
        counter("martlet_bus_generation_changes", help: "Times that the bus turned out to be another one.") {
            Double(bus.generationChanges)
        }
    }
}

extension LoopLag.Probe {
    /// The thread of the ledger's connections.
    public static func ledger(_ loop: Postgres.EventLoop) -> Self {
        Self("ledger") { await withTaskExecutorPreference(loop) { ContinuousClock.now } }
    }

    /// The threads of sockets.
    public static func io(_ group: any EventLoopGroup) -> [Self] {
        group.makeIterator().map { loop in Self("io") { try? await loop.submit { ContinuousClock.now }.get() } }
    }
}
