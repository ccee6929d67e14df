// SPDX-License-Identifier: Apache-2.0
// Martlet: the bus forgets, dies, hangs, comes back with old memories: no job is lost and enqueueing never fails.

import TestSupport
import Testing

extension Faults {
    @Suite struct RedisFaultTests {
        /// Load under a fault of Redis that no client may notice.
        private func run(
            _ name: String,
            _ seed: FaultSeed,
            _ options: ClusterLoad.Options = .init(),
            _ fault: (Cluster, ClusterLoad, inout ClusterDice) async throws -> Void
        ) async throws {
            try await Faults.run(name, seed) { cluster, oracle, dice in
                let record = try await ClusterLoad.run(
                    on: cluster.apis,
                    .mixed,
                    options: options,
                    dice: &dice
                ) {
                    load,
                    dice in
                    try await load.waitForAcks(100)
                    try await fault(cluster, load, &dice)
                    try await load.waitForAcks(50)
                }
                try record.demandNoTrouble()
                return "\(try await oracle.judge(record))"
            }
        }

        @Test(arguments: FaultSeed.all) func flushed(_ seed: FaultSeed) async throws {
            try await run("FLUSHALL under load", seed) { cluster, _, dice in
                for _ in 0..<FaultTier.rounds(3, deep: 20) {
                    try await cluster.redis.send(["FLUSHALL"])
                    try await Task.sleep(for: dice.milliseconds(50...1_500))
                }
            }
        }

        @Test(arguments: FaultSeed.all) func killedAndEmpty(_ seed: FaultSeed) async throws {
            try await run("kill -9 of Redis, restarted empty", seed) { cluster, _, dice in
                for _ in 0..<FaultTier.rounds(2, deep: 15) {
                    await cluster.redis.kill()
                    try await Task.sleep(for: dice.milliseconds(0...1_000))
                    try await cluster.redis.start()
                    try await Task.sleep(for: dice.milliseconds(100...1_200))
                }
            }
        }

        @Test(arguments: FaultSeed.all) func restoredFromAnOldSnapshot(_ seed: FaultSeed) async throws {
            try await run("Redis restarted from an old snapshot", seed) { cluster, load, dice in
                for _ in 0..<FaultTier.rounds(1, deep: 8) {
                    let snapshot = try await cluster.redis.snapshot()
                    try await load.waitForAcks(dice.roll(50...300))
                    await cluster.redis.kill()
                    try await Task.sleep(for: dice.milliseconds(0...300))
                    try await cluster.redis.start(from: snapshot)
                    try await Task.sleep(for: dice.milliseconds(100...1_000))
                }
            }
        }

        @Test(arguments: FaultSeed.all) func streamsDeleted(_ seed: FaultSeed) async throws {
            try await run("streams deleted under load", seed) { cluster, _, dice in
                for _ in 0..<FaultTier.rounds(3, deep: 20) {
                    var streams: [String] = []
                    try await eventually("there are streams") {
                        streams = try await cluster.redis.streams()
                        return !streams.isEmpty
                    }
                    try await cluster.redis.send(["DEL"] + streams)
                    try await Task.sleep(for: dice.milliseconds(50...800))
                }
            }
        }

        /// Redis that hangs is worse than Redis that is gone: connections stay open and nothing answers.
        @Test(arguments: FaultSeed.all) func stoppedForTwentySeconds(_ seed: FaultSeed) async throws {
            var options = ClusterLoad.Options()
            (options.clients, options.pause) = (4, 10...60)
            try await run("Redis stopped for 20 s", seed, options) { cluster, load, _ in
                let start = load.elapsed
                cluster.redis.pause()
                try await Self.demandNewQueue(cluster)
                try await Task.sleep(until: .now + .seconds(9) - (load.elapsed - start), clock: .continuous)
                let mark =
                    try await cluster.postgres.rows("SELECT job_id_floor(clock_timestamp())")[0][0] ?? "0"
                try await Task.sleep(for: .seconds(11))
                let left = try await cluster.postgres.number(
                    "SELECT count(*) FROM job_live WHERE id < \(mark)"
                )
                cluster.redis.resume()
                for second in stride(from: 0, to: 20, by: 2) {
                    let window = (start + .seconds(second))..<(start + .seconds(second + 2))
                    try demand(
                        load.record.acks(in: window) > 0,
                        "no job was acknowledged in seconds \(second) to \(second + 2)"
                    )
                }
                try demand(
                    left == 0,
                    "\(left) jobs of the first 9 s had not ended after 20 s: workers don't take from the ledger"
                )
                let slowest = load.record.slowestAck
                try demand(
                    slowest.took < .seconds(2),
                    "an acknowledgement took \(slowest) because Redis was stopped"
                )
            }
        }

        /// Redis that answers and refuses: everything goes on without it, is told, and takes to the bus again afterwards.
        @Test(arguments: ClusterRedis.Refusal.allCases, FaultSeed.all)
        func refusesToWrite(_ refusal: ClusterRedis.Refusal, _ seed: FaultSeed) async throws {
            var options = ClusterLoad.Options()
            (options.clients, options.pause) = (4, 10...60)
            try await run("Redis refuses to write: \(refusal)", seed, options) { cluster, _, _ in
                let services = cluster.apis + cluster.workers
                try await cluster.redis.refuse(refusal)
                for service in services {
                    try await eventually("\(service.name) notices") {
                        try await service.metric("martlet_bus_connected") == 0
                    }
                    try await eventually("\(service.name) says so") {
                        let health = try await service.get("/health/ready")
                        return health.status == 200 && health.body.contains("DEGRADED") && health.body.contains("Redis")
                    }
                }
                try await Self.demandNewQueue(cluster)
                let mark = try await cluster.postgres.rows("SELECT job_id_floor(clock_timestamp())")[0][0] ?? "0"
                // What was on the bus and can't be read any more is taken back after the relay deadline.
                let left = "SELECT count(*) FROM job_live WHERE id < \(mark)"
                try await eventually("workers take from the ledger", within: .seconds(15)) {
                    try await cluster.postgres.number(left) == 0
                }
                try await cluster.redis.accept(refusal)
                for service in services {
                    try await eventually("\(service.name) takes to the bus again", within: .seconds(20)) {
                        try await service.metric("martlet_bus_connected") == 1
                    }
                }
            }
        }

        /// The first job of a new queue, of which the workers are told over Redis.
        private static func demandNewQueue(_ cluster: Cluster) async throws {
            for api in cluster.apis {
                let start = ContinuousClock.now
                let request = ClusterRequest.job(
                    "noop",
                    args: ClusterWork.uniqueArgs(),
                    fields: "\"queue\":\"\(api.name)-\(UInt32.random(in: 0 ... .max))\""
                )
                let reply = try await api.exchange(request, within: .seconds(10))
                let took = ContinuousClock.now - start
                try demand(
                    reply.status == 201 && took < .seconds(2),
                    "the first job of a queue: \(reply.status) after \(took)"
                )
            }
        }

        /// Everything starts while there is no Redis, works, and takes to the bus once it comes.
        @Test(arguments: FaultSeed.all) func downAtTheStart(_ seed: FaultSeed) async throws {
            try await Faults.run("Redis down at the start", seed) { cluster, oracle, dice in
                let services = cluster.apis + cluster.workers
                await cluster.redis.kill()
                for service in services {
                    await service.kill()
                    try await service.start()
                }
                for service in services { try await service.waitUntilReady() }
                let record = try await ClusterLoad.run(on: cluster.apis, .mixed, dice: &dice) { load, _ in
                    try await load.waitForAcks(300)
                    try await eventually("jobs end without a bus") {
                        try await cluster.postgres.number(
                            "SELECT count(*) FROM job_done WHERE \(oracle.isMine)"
                        ) > 200
                    }
                    let ready = try await cluster.apis[0].get("/health/ready")
                    try demand(
                        ready.status == 200 && ready.body.contains("DEGRADED"),
                        "readiness says \(ready.body)"
                    )
                    try await cluster.redis.start()
                    for service in services {
                        try await eventually("\(service.name) takes to the bus", within: .seconds(20)) {
                            try await service.metric("martlet_bus_connected") == 1
                        }
                    }
                    try await load.waitForAcks(100)
                }
                try record.demandNoTrouble()
                return "\(try await oracle.judge(record))"
            }
        }
    }
}
