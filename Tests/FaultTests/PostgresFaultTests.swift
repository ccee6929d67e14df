// SPDX-License-Identifier: Apache-2.0
// Martlet: the ledger's server restarts, or ends its sessions: clients are told at once, and no process needs a restart.

import TestSupport
import Testing

extension Faults {
    @Suite struct PostgresFaultTests {
        /// A client is told at once: within this time, and when to come again.
        private static let limit: Duration = .milliseconds(1_500)

        @Test(arguments: ClusterPostgres.Stop.allCases, FaultSeed.all)
        func restarted(_ way: ClusterPostgres.Stop, _ seed: FaultSeed) async throws {
            try await Faults.run("\(way.rawValue) restart of PostgreSQL under load", seed) {
                cluster,
                oracle,
                dice in
                let services = cluster.apis + cluster.workers
                let pids = services.map { $0.process?.pid }
                let record = try await ClusterLoad.run(on: cluster.apis, .mixed, dice: &dice) {
                    load,
                    dice in
                    for _ in 0..<FaultTier.rounds(1, deep: 8) {
                        try await load.waitForAcks(dice.roll(50...300))
                        try await cluster.postgres.stop(way)
                        try await Task.sleep(for: dice.milliseconds(500...2_500))
                        try await cluster.postgres.start()
                        try await load.waitForAcks(100, within: .seconds(20))
                    }
                }
                try demand(
                    !record.refusals.isEmpty,
                    "nobody noticed that the ledger was away: the test has tested nothing"
                )
                try Self.demandPromptness(record)
                for service in services { try await service.waitUntilReady() }
                let verdict = try await oracle.judge(record)
                try demand(
                    services.map { $0.process?.pid } == pids
                        && services.allSatisfy { $0.process?.end == nil },
                    "a process ended"
                )
                return "\(record.refusals.count) refusals; \(verdict)"
            }
        }

        @Test(arguments: FaultSeed.all) func sessionsTerminated(_ seed: FaultSeed) async throws {
            try await Faults.run("pg_terminate_backend storm", seed) { cluster, oracle, dice in
                var ended = 0
                let record = try await ClusterLoad.run(on: cluster.apis, .mixed, dice: &dice) {
                    load,
                    dice in
                    try await load.waitForAcks(100)
                    for _ in 0..<FaultTier.rounds(25, deep: 250) {
                        ended += try await cluster.postgres.number(
                            """
                            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                            WHERE datname = 'martlet' AND application_name <> 'harness'
                            """
                        )
                        try await Task.sleep(for: dice.milliseconds(20...250))
                    }
                    try await load.waitForAcks(100)
                }
                try demand(ended > 50, "only \(ended) sessions were ended")
                try Self.demandPromptness(record)
                return
                    "\(ended) sessions ended, \(record.refusals.count) refusals; \(try await oracle.judge(record))"
            }
        }

        private static func demandPromptness(_ record: ClusterRecord) throws {
            try demand(
                record.interruptions.isEmpty,
                "requests broke off: \(record.interruptions.prefix(3))"
            )
            let mute = record.refusals.filter { !$0.hasRetryAfter }
            try demand(
                mute.isEmpty,
                "\(mute.count) refusals don't say when to come again: \(mute.prefix(3))"
            )
            let slow = record.refusals.filter { $0.took > limit }
            try demand(
                slow.isEmpty,
                "\(slow.count) of \(record.refusals.count) refusals took longer than \(limit): \(slow.prefix(5))"
            )
        }
    }
}
