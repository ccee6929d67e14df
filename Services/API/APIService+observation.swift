// SPDX-License-Identifier: Apache-2.0
// Martlet: the health checks and the metrics of martlet-api.

internal import Jobs
internal import Platform
internal import Postgres
internal import Web

extension APIService {
    /// The database decides readiness; everything else only degrades.
    func registerHealth() {
        health.register(.database(pools.forHealth))
        health.register(.bus(bus))
        health.register(.disk())
        health.register(.memory())
    }

    /// What cannot be seen elsewhere: the pools, the queue before the commit, the bus.
    func registerMetrics() {
        ProcessMetrics.register(in: metrics, service: Self.name)
        gate.register(in: metrics)
        for pool in pools.pools {
            let labels = [("pool", pool.configuration.name)]
            metrics.gauge("martlet_postgres_connections", help: "Open connections to the ledger.", labels: labels) {
                Double(pool.status.open)
            }
            metrics.gauge("martlet_postgres_calls_in_flight", help: "Statements sent and not answered.", labels: labels)
            {
                Double(pool.status.inFlight)
            }
        }
        let (batchers, bus) = ([singles, keyed], bus)
        metrics.gauge("martlet_enqueue_waiting", help: "Jobs that wait for the next group commit.") {
            Double(batchers.reduce(0) { $0 + $1.waiting })
        }
        metrics.gauge("martlet_bus_connected", help: "1 while work can go over the bus.") { bus.isOpen ? 1 : 0 }
        metrics.counter("martlet_bus_generation_changes", help: "Times that the bus turned out to be another one.") {
            Double(bus.generationChanges)
        }
    }
}
