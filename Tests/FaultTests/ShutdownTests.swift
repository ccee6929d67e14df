// SPDX-License-Identifier: Apache-2.0
// Martlet: SIGTERM under load: no request fails, no attempt is lost.

import TestSupport
import Testing

extension Faults {
    @Suite struct ShutdownTests {
        /// The clients try again only when a connection was refused before a byte was sent; everything else counts as failed.
        @Test(arguments: FaultSeed.all) func rollingRestartOfTheAPIs(_ seed: FaultSeed) async throws {
            try await Faults.run("rolling restart of two APIs", seed) { cluster, oracle, dice in
                var restarts = 0
                let record = try await ClusterLoad.run(on: cluster.apis, .mixed, dice: &dice) {
                    load,
                    dice in
                    for _ in 0..<FaultTier.rounds(2, deep: 20) {
                        for api in cluster.apis {
                            try await load.waitForAcks(dice.roll(20...150))
                            let end = try await api.terminate(within: .seconds(9))
                            try demand(end == .code(0), "\(api.name) ended with \(end)")
                            try await api.start()
                            try await api.waitUntilReady()
                            restarts += 1
                        }
                    }
                    try await load.waitForAcks(100)
                }
                try record.demandNoTrouble()
                let verdict = try await oracle.judge(record)
                let rows = try await cluster.postgres.number(
                    "SELECT count(*) FROM job WHERE \(oracle.isMine)"
                )
                try demand(
                    rows == record.acks.count,
                    "\(rows) jobs were recorded for \(record.acks.count) acknowledgements"
                )
                return "\(restarts) restarts; \(verdict)"
            }
        }

        /// Jobs longer than the drain are given back with their attempt refunded, and end on the other worker.
        @Test(arguments: FaultSeed.all) func rollingRestartOfTheWorkers(_ seed: FaultSeed) async throws {
            try await Faults.run("rolling restart of two workers with long jobs", seed) {
                cluster,
                oracle,
                dice in
                var options = ClusterLoad.Options()
                (options.clients, options.pause) = (3, 10...60)
                // Delayed jobs keep the leading worker busy with putting them on the bus, which its end must not cut in two.
                let waiting = ClusterWork { dice in
                    (dice.isOne(in: 2) ? ClusterWork.delayed : .noops).next(&dice)
                }
                let work = ClusterWork.sleeps(milliseconds: 1_500...3_000, oneIn: 6, others: waiting)
                let record = try await ClusterLoad.run(
                    on: cluster.apis,
                    work,
                    options: options,
                    dice: &dice
                ) {
                    load,
                    dice in
                    for _ in 0..<FaultTier.rounds(2, deep: 10) {
                        for worker in cluster.workers {
                            try await load.waitForAcks(dice.roll(50...150))
                            let end = try await worker.terminate(within: .seconds(9))
                            try demand(end == .code(0), "\(worker.name) ended with \(end)")
                            try await worker.start()
                            try await worker.waitUntilReady()
                        }
                    }
                }
                try record.demandNoTrouble()
                let verdict = try await oracle.judge(record)
                let attempts = try await cluster.postgres.rows(
                    "SELECT id FROM job_attempt WHERE \(oracle.isMine) ORDER BY id"
                ).compactMap { $0[0] }
                let details = try await oracle.details(attempts)
                try demand(attempts.isEmpty, "\(attempts.count) attempts were lost or failed:\n\(details)")
                let counted = try await cluster.postgres.rows(
                    "SELECT id, attempt, losses FROM job_done WHERE \(oracle.isMine) AND (attempt <> 1 OR losses <> 0) LIMIT 10"
                )
                try demand(counted.isEmpty, "an attempt was not refunded (id, attempt, losses): \(counted)")
                try demand(verdict.handedOutAgain > 0, "no job was given back: the test has tested nothing")
                return "\(verdict)"
            }
        }
    }
}
