// SPDX-License-Identifier: Apache-2.0
// Martlet: the health checks and the metrics of martlet-api.

internal import Jobs
internal import Platform
internal import Web

extension APIService {
    /// The database decides readiness; everything else only degrades.
    func registerHealth() {
        health.register(.database(pools.forHealth))
        health.register(.bus(bus))
        health.register(.disk())
        health.register(.memory())
    }

    /// What cannot be seen elsewhere: the servers, the queue before the commit, the bus.
    func registerMetrics() {
        ProcessMetrics.register(in: metrics, service: Self.name)
        sink?.register(in: metrics)
        gate.register(in: metrics)
        for pool in pools.pools { metrics.show(pool) }
        metrics.show(redis)
        metrics.show(bus)
        let batchers = [singles, keyed]
        metrics.gauge("martlet_enqueue_waiting", help: "Jobs that wait for the next group commit.") {
            Double(batchers.reduce(0) { $0 + $1.waiting })
        }
    }
}
