// SPDX-License-Identifier: Apache-2.0
// Martlet: the oracle itself: it must find what it is there to find.

import TestSupport
import Testing

extension Faults {
    @Suite struct OracleTests {
        @Test(arguments: FaultSeed.all) func findsEveryViolation(_ seed: FaultSeed) async throws {
            try await Faults.run("the oracle", seed) { cluster, oracle, dice in
                let args = (0..<20).map { _ in ClusterWork.uniqueArgs() }
                let request = ClusterRequest.batch("noop", args: args)
                var record = ClusterRecord()
                record.add(request, try await cluster.apis[0].exchange(request))
                _ = try await oracle.judge(record)
                let victim = record.acks[dice.roll(0...(args.count - 1))]

                var invented = record
                invented.acks.append(.init(id: victim.id + 1_000_000, args: "{}", at: .zero))
                try await Self.demandVerdict("LOST", oracle, invented)
                var repeated = record
                repeated.acks.append(.init(id: victim.id, args: victim.args, at: .zero))
                try await Self.demandVerdict("one id for two requests", oracle, repeated)
                var denied = record
                denied.refused.append(victim.args)
                try await Self.demandVerdict("told that it was not", oracle, denied)

                // Each tampering, what must be found, and how to undo it.
                let id = victim.id
                let tamperings = [
                    (
                        "DELETE FROM job_done WHERE id = \(id)", "LOST",
                        "INSERT INTO job_done SELECT * FROM kept"
                    ),
                    (
                        "UPDATE job SET args = '{\"n\":\"other\"}' WHERE id = \(id)",
                        "as another job than was sent",
                        "UPDATE job SET args = '\(victim.args)' WHERE id = \(id)"
                    ),
                    (
                        "UPDATE job_done SET outcome = 3 WHERE id = \(id)", "ended otherwise",
                        "UPDATE job_done SET outcome = 1 WHERE id = \(id)"
                    ),
                    (
                        "INSERT INTO job_done SELECT id + 1000000, finished_at, run_us, epoch, outcome, attempt, losses, result FROM kept",
                        "tallies", "DELETE FROM job_done WHERE id = \(id) + 1000000"
                    ),
                    (
                        "INSERT INTO job SELECT id + 1000000, queue_id, priority, kind, args FROM job WHERE id = \(id)",
                        "one request recorded twice", "DELETE FROM job WHERE id = \(id) + 1000000"
                    ),
                ]
                try await cluster.postgres.rows(
                    "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT * FROM job_done WHERE id = \(id)"
                )
                for (tampering, finding, remedy) in tamperings {
                    try await cluster.postgres.rows(tampering)
                    try await Self.demandVerdict(finding, oracle, record)
                    try await cluster.postgres.rows(remedy)
                }
                _ = try await oracle.judge(record)
                return "\(tamperings.count + 3) violations found"
            }
        }

        private static func demandVerdict(
            _ finding: String,
            _ oracle: ClusterOracle,
            _ record: ClusterRecord
        ) async throws {
            do {
                _ = try await oracle.judge(record)
            } catch {
                try demand("\(error)".contains(finding), "'\(finding)' was not found, but: \(error)")
                return
            }
            throw ClusterFailure("'\(finding)' was not found")
        }
    }
}
