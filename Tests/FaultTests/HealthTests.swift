// SPDX-License-Identifier: Apache-2.0
// Martlet: each part of Martlet broken in each way: the right cause within two intervals, one notification, and its end.

import Glibc
import TestSupport
import Testing

extension Faults {
    @Suite struct HealthTests {
        /// A fault, what is to be blamed for it, and how it is undone.
        enum Fault: String, CaseIterable, Sendable {
            case killAPI, stopAPI, killWorker, stopWorker, killRedis, stopRedis, killPostgres, stopPostgres,
                closePostgres

            var cause: String {
                switch self {
                case .killAPI, .stopAPI: "api-1"
                case .killWorker, .stopWorker: "worker-2"
                case .killRedis, .stopRedis: "redis"
                case .killPostgres, .stopPostgres, .closePostgres: "postgres"
                }
            }

            func turn(_ cluster: Cluster) async throws {
                switch self {
                case .killAPI: await cluster.apis[0].kill()
                case .stopAPI: cluster.apis[0].pause()
                case .killWorker: await cluster.workers[1].kill()
                case .stopWorker: cluster.workers[1].pause()
                case .killRedis: await cluster.redis.kill()
                case .stopRedis: cluster.redis.pause()
                case .killPostgres: try await cluster.postgres.stop(.immediate)
                // All of its processes: a stopped postmaster alone leaves its children at work.
                case .stopPostgres: try cluster.postgres.signalAll(SIGSTOP)
                case .closePostgres:
                    try await cluster.postgres.rows(
                        """
                        ALTER DATABASE martlet ALLOW_CONNECTIONS false;
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'martlet'
                        """,
                        in: "postgres"
                    )
                }
            }

            func turnBack(_ cluster: Cluster) async throws {
                switch self {
                case .killAPI: try await cluster.apis[0].start()
                case .stopAPI: cluster.apis[0].resume()
                case .killWorker: try await cluster.workers[1].start()
                case .stopWorker: cluster.workers[1].resume()
                case .killRedis: try await cluster.redis.start()
                case .stopRedis: cluster.redis.resume()
                case .killPostgres: try await cluster.postgres.start()
                case .stopPostgres: try cluster.postgres.signalAll(SIGCONT)
                case .closePostgres:
                    try await cluster.postgres.rows("ALTER DATABASE martlet ALLOW_CONNECTIONS true", in: "postgres")
                }
            }
        }

        @Test(arguments: Fault.allCases)
        func theCauseIsFoundOnceAndItsEndToo(_ fault: Fault) async throws {
            try await Faults.run("health: \(fault.rawValue)", FaultSeed.all[0]) { cluster, _, _ in
                let scene = try await HealthScene.begin(cluster)
                do {
                    let line = try await Self.walk(fault, scene)
                    await scene.end()
                    return line
                } catch {
                    let seen = "told: \(scene.told); open: \(await scene.open())"
                    await scene.end()
                    throw ClusterFailure("\(error); \(seen)")
                }
            }
        }

        private static func walk(_ fault: Fault, _ scene: HealthScene) async throws -> String {
            let start = ContinuousClock.now
            try await fault.turn(scene.cluster)
            let limit = HealthScene.interval * 2
            try await eventually("an incident is open", within: limit + .seconds(1)) { await !scene.open().isEmpty }
            let taken = ContinuousClock.now - start
            try await Self.demandOpen(fault.cause, scene)
            // Everything that could still be told in error has its time.
            try await eventually("it is told") { scene.told.contains("opened \(fault.cause)") }
            try await Task.sleep(for: HealthScene.interval * 2)
            try demand(scene.told == ["opened \(fault.cause)"], "people were told \(scene.told)")
            try await Self.demandOpen(fault.cause, scene)
            try await fault.turnBack(scene.cluster)
            try await scene.waitUntilCalm()
            try await eventually("its end is told") { scene.told.count >= 2 }
            try await Task.sleep(for: HealthScene.interval)
            try demand(
                scene.told == ["opened \(fault.cause)", "resolved \(fault.cause)"],
                "people were told \(scene.told)"
            )
            // The ledger has it too, also what happened while it was away.
            try await eventually("the ledger has the incident, and both were heard once") {
                let incidents = try await scene.cluster.postgres.rows("SELECT name, status FROM health_incident")
                let heard = try await scene.cluster.postgres.number(
                    "SELECT count(*) FROM health_notification WHERE delivered_at IS NOT NULL"
                )
                return incidents.map { $0.compactMap(\.self) } == [[fault.cause, "resolved"]] && heard == 2
            }
            return "\(fault.cause) found after \(taken), \(taken / HealthScene.interval) intervals"
        }

        private static func demandOpen(_ cause: String, _ scene: HealthScene) async throws {
            let open = await scene.open()
            try demand(open == [cause], "the open incidents are \(open)")
        }

        /// The one who leads is killed: the others take its checks and the lead over, and what breaks then is told once.
        @Test func anAggregatorThatDiesIsReplacedAndNobodyIsToldTwice() async throws {
            try await Faults.run("health: the leading aggregator killed", FaultSeed.all[0]) { cluster, _, _ in
                let scene = try await HealthScene.begin(cluster, aggregators: 3)
                do {
                    await cluster.apis[0].kill()
                    try await eventually("it is told") { scene.told == ["opened api-1"] }
                    // Between a delivery and its record a kill makes it come twice, with the same Idempotency-Key; that is no test of the change.
                    try await eventually("its delivery is recorded") {
                        let heard = "FROM health_notification WHERE delivered_at IS NOT NULL"
                        return try await cluster.postgres.number("SELECT count(*) \(heard)") == 1
                    }
                    // The lead changes by itself where a machine is too busy to renew it in time.
                    var leader = 0
                    try await eventually("one of them leads") {
                        guard let found = try await scene.leader() else { return false }
                        leader = found
                        return true
                    }
                    let start = ContinuousClock.now
                    await scene.processes[leader].kill()
                    try await eventually("another one leads") {
                        guard let found = try await scene.leader() else { return false }
                        return found != leader
                    }
                    let led = ContinuousClock.now - start
                    try await eventually("all checks are looked at by the others", within: .seconds(15)) {
                        let late = "FROM health_observation WHERE at < now() - interval '5 seconds'"
                        let count = try await cluster.postgres.number("SELECT count(*) \(late)")
                        return ContinuousClock.now - start > .seconds(6) && count == 0
                    }
                    let moved = ContinuousClock.now - start
                    await cluster.workers[1].kill()
                    try await eventually("the next trouble is told") { scene.told.contains("opened worker-2") }
                    try await cluster.apis[0].start()
                    try await cluster.workers[1].start()
                    try await eventually("both ends are told") { scene.told.count >= 4 }
                    try await Task.sleep(for: HealthScene.interval * 2)
                    let told = scene.told.sorted()
                    try demand(
                        told == ["opened api-1", "opened worker-2", "resolved api-1", "resolved worker-2"],
                        "people were told \(scene.told)"
                    )
                    await scene.end()
                    return "led again after \(led), all checks looked at after \(moved)"
                } catch {
                    await scene.end()
                    throw ClusterFailure("\(error); told: \(scene.told)")
                }
            }
        }

        /// A target that comes and goes is one incident, however often it does.
        @Test func aTargetThatComesAndGoesIsOneIncident() async throws {
            try await Faults.run("health: a worker comes and goes", FaultSeed.all[0]) { cluster, _, _ in
                let scene = try await HealthScene.begin(cluster)
                for _ in 0..<4 {
                    cluster.workers[1].pause()
                    try await Task.sleep(for: HealthScene.interval * 1.5)
                    cluster.workers[1].resume()
                    try await Task.sleep(for: HealthScene.interval * 1.5)
                }
                try await eventually("it ends", within: .seconds(120)) {
                    try await cluster.postgres.number("SELECT count(*) FROM health_incident WHERE status = 'resolved'")
                        == 1
                }
                let incidents = try await cluster.postgres.number("SELECT count(*) FROM health_incident")
                let opened = scene.told.count { $0 == "opened worker-2" }
                await scene.end()
                try demand(incidents == 1 && opened == 1, "\(incidents) incidents, told \(scene.told)")
                return "one incident, told \(scene.told)"
            }
        }
    }
}
