// SPDX-License-Identifier: Apache-2.0
// Martlet: kill -9 of a worker with its hands full: all that it held ends elsewhere, once.

import TestSupport
import Testing

extension Faults {
    @Suite struct WorkerKillTests {
        @Test(arguments: FaultSeed.all) func killedWithAFullHand(_ seed: FaultSeed) async throws {
            try await Faults.run("kill -9 of one of two workers, again and again", seed) {
                cluster,
                oracle,
                dice in
                var options = ClusterLoad.Options()
                (options.clients, options.pause) = (4, 0...20)
                let rounds = FaultTier.rounds(4, deep: 40)
                let work = ClusterWork.sleeps(milliseconds: 200...900, oneIn: 3, others: .mixed)
                let record = try await ClusterLoad.run(
                    on: cluster.apis,
                    work,
                    options: options,
                    dice: &dice
                ) {
                    load,
                    dice in
                    try await load.waitForAcks(100)
                    for _ in 0..<rounds {
                        let victim = cluster.workers[dice.roll(0...1)]
                        try await Task.sleep(for: dice.milliseconds(300...1_200))
                        await victim.kill()
                        try await Task.sleep(for: dice.milliseconds(0...1_000))
                        try await victim.start()
                    }
                }
                try record.demandNoTrouble()
                let verdict = try await oracle.judge(record)
                try demand(verdict.lost > 0, "no worker had anything in hand: the test has tested nothing")
                return "\(rounds) kills; \(verdict)"
            }
        }

        /// A job whose handler ends the process takes its workers down one after another, and at last itself; all other jobs complete.
        @Test(arguments: FaultSeed.all) func aCrashLoopEndsAsPoisonPill(_ seed: FaultSeed) async throws {
            try await Faults.run("a job that crashes its worker", seed) { cluster, oracle, dice in
                let limit = ["MARTLET_MAX_LOSSES": "3"]
                for worker in cluster.workers {
                    try await worker.terminate()
                    try await worker.start(limit)
                }
                for worker in cluster.workers { try await worker.waitUntilReady() }
                var options = ClusterLoad.Options()
                (options.clients, options.pause) = (2, 20...80)
                var poison: Int64 = 0
                var crashes = 0
                let record = try await ClusterLoad.run(
                    on: cluster.apis,
                    .noops,
                    options: options,
                    dice: &dice
                ) {
                    load,
                    _ in
                    try await load.waitForAcks(10)
                    let reply = try await cluster.apis[0].exchange(.job("fail", args: "{\"crash\":true}"))
                    poison = try #require(reply.jobIDs.first)
                    try await eventually("the job is given up", within: .seconds(90)) {
                        for worker in cluster.workers where worker.process?.end != nil {
                            crashes += 1
                            try await worker.start(limit)
                        }
                        return try await cluster.postgres.number(
                            "SELECT count(*) FROM job_done WHERE id = \(poison)"
                        )
                            == 1
                    }
                    try await load.waitForAcks(20)
                }
                try record.demandNoTrouble()
                let verdict = try await oracle.judge(record, outcomes: [1, 3])
                let others = try await cluster.postgres.rows(
                    "SELECT id, losses FROM job_done WHERE \(oracle.isMine) AND outcome <> 1 AND id <> \(poison)"
                )
                try demand(others.isEmpty, "the poison pill took others with it: \(others)")
                let row = try await cluster.postgres.rows(
                    "SELECT outcome, losses FROM job_done WHERE id = \(poison)"
                )
                try demand(row == [["3", "3"]], "the poison pill ended otherwise: \(row)")
                let lost = try await cluster.postgres.number(
                    "SELECT count(*) FROM job_attempt WHERE id = \(poison) AND outcome = 3"
                )
                try demand(lost == 3, "\(lost) losses are noted instead of 3")
                try demand((1...3).contains(crashes), "\(crashes) workers crashed over a job with 3 losses")
                return "\(crashes) crashes; \(verdict)"
            }
        }
    }
}
