// SPDX-License-Identifier: Apache-2.0
// Martlet: kill -9 of the API: what it had acknowledged is there and runs.

import Glibc
import Synchronization
import TestSupport
import Testing

extension Faults {
    @Suite struct APIKillTests {
        /// Shoots a service on the very thread that has just read the acknowledgement of a chosen job.
        private final class Trigger: Sendable {
            private let goal = Mutex<Int?>(nil)

            func arm(at count: Int) { goal.withLock { $0 = count } }

            func pull(at count: Int, _ shoot: () -> Void) {
                let isDue = goal.withLock { goal in
                    guard let wanted = goal, count >= wanted else { return false }
                    goal = nil
                    return true
                }
                if isDue { shoot() }
            }
        }

        @Test(arguments: FaultSeed.all) func killedRightAfterTheAnswer(_ seed: FaultSeed) async throws {
            try await Faults.run("kill -9 of the API right after 201", seed) { cluster, oracle, dice in
                let api = cluster.apis[0]
                let trigger = Trigger()
                var options = ClusterLoad.Options()
                options.onAck = { count in trigger.pull(at: count) { api.shoot() } }
                let rounds = FaultTier.rounds(8, deep: 80)
                let record = try await ClusterLoad.run(on: [api], .mixed, options: options, dice: &dice) {
                    load,
                    dice in
                    for _ in 0..<rounds {
                        trigger.arm(at: load.acknowledged + dice.roll(1...120))
                        let end = try await api.process?.waitForEnd(within: .seconds(60))
                        try demand(
                            end == .signal(SIGKILL),
                            "the API ended otherwise: \(String(describing: end))"
                        )
                        try await api.start()
                        // Now and then it is killed while it starts, too.
                        guard dice.isOne(in: 4) else { continue }
                        try await Task.sleep(for: dice.milliseconds(0...250))
                        await api.kill()
                        try await api.start()
                    }
                    try await load.waitForAcks(100)
                }
                try demand(
                    record.refusals.isEmpty,
                    "refused although the ledger was there: \(record.refusals.prefix(3))"
                )
                return "\(rounds) kills; \(try await oracle.judge(record))"
            }
        }
    }
}
