// SPDX-License-Identifier: Apache-2.0
// Martlet: a worker that is stopped beyond its lease, overtaken, and goes on: nothing that it then says counts.

import TestSupport
import Testing

extension Faults {
    @Suite struct StoppedWorkerTests {
        @Test(arguments: [false, true], FaultSeed.all)
        func lateCompletionsChangeNothing(isLeader: Bool, _ seed: FaultSeed) async throws {
            let role = isLeader ? "the leading worker" : "a worker"
            try await Faults.run("\(role) stopped beyond its lease and continued", seed) {
                cluster,
                oracle,
                dice in
                let (zombie, boot) = try await Self.pick(cluster, isLeader: isLeader)
                let before = try await zombie.metric("martlet_jobs_stale_completions_total")
                let sleeps = (0..<40).map { _ in
                    ClusterWork.sleepArgs(milliseconds: dice.roll(1_500...2_500))
                }
                let request = ClusterRequest.batch("sleep", args: sleeps)
                let reply = try await cluster.apis[0].exchange(request)
                let leased = "FROM job_live WHERE owner = \(boot) AND state = 3"
                try await eventually("the worker holds leases", within: .seconds(10)) {
                    try await cluster.postgres.number("SELECT count(*) \(leased)") > 0
                }
                zombie.pause()
                let held = try await cluster.postgres.rows("SELECT id, epoch \(leased)").compactMap(\.first)
                    .compactMap(
                        \.self
                    )
                try demand(
                    !held.isEmpty,
                    "the worker held nothing when it was stopped: the test has tested nothing"
                )
                let ids = held.joined(separator: ", ")

                // Jobs that come meanwhile: Redis hands some to the stopped worker's open connection.
                var options = ClusterLoad.Options()
                (options.clients, options.pause) = (2, 5...30)
                var record = try await ClusterLoad.run(
                    on: cluster.apis,
                    .mixed,
                    options: options,
                    dice: &dice
                ) {
                    load,
                    _ in
                    try await eventually("another worker finishes what it held", within: .seconds(45)) {
                        let done = try await cluster.postgres.number(
                            "SELECT count(*) FROM job_done WHERE id IN (\(ids))"
                        )
                        return done == held.count
                    }
                }
                record.add(request, reply)
                try record.demandNoTrouble()

                let receipts =
                    "SELECT id, xmin, epoch, outcome, attempt, finished_at FROM job_done WHERE id IN (\(ids)) ORDER BY id"
                let first = try await cluster.postgres.rows(receipts)
                try await Self.demandOvertaken(ids, held.count, by: boot, cluster)
                zombie.resume()
                try await eventually("the late completions are noticed as stale", within: .seconds(20)) {
                    try await zombie.metric("martlet_jobs_stale_completions_total") > before
                }
                let verdict = try await oracle.judge(record)
                try demand(
                    try await cluster.postgres.rows(receipts) == first,
                    "a late completion changed a receipt"
                )
                try demand(zombie.process?.end == nil, "the worker did not survive")
                let stale = try await zombie.metric("martlet_jobs_stale_completions_total") - before
                return "\(held.count) leases overtaken, \(Int(stale)) stale completions; \(verdict)"
            }
        }

        /// The worker to stop, and its boot id.
        private static func pick(_ cluster: Cluster, isLeader: Bool) async throws -> (
            ClusterService, String
        ) {
            var leader: String?
            try await eventually("a worker leads") {
                leader =
                    try await cluster.postgres.rows(
                        """
                        SELECT w.name FROM leader l JOIN worker w ON w.id = l.owner WHERE l.expires_at > now()
                        """
                    ).first?.first ?? nil
                return leader != nil
            }
            let zombie = try #require(cluster.workers.first { ($0.name == leader) == isLeader })
            let rows = try await cluster.postgres.rows(
                "SELECT id FROM worker WHERE name = '\(zombie.name)' ORDER BY started_at DESC LIMIT 1"
            )
            return (zombie, try #require(rows.first?.first ?? nil))
        }

        /// Each lease was noted as a loss of that worker, and each receipt bears a later epoch.
        private static func demandOvertaken(
            _ ids: String,
            _ count: Int,
            by boot: String,
            _ cluster: Cluster
        )
            async throws
        {
            let rows = try await cluster.postgres.rows(
                """
                SELECT d.id FROM job_done d JOIN job_attempt a ON a.id = d.id AND a.outcome = 3 AND a.worker = \(boot)
                    AND d.epoch > a.epoch AND d.outcome = 1 WHERE d.id IN (\(ids)) GROUP BY d.id
                """
            )
            try demand(rows.count == count, "only \(rows.count) of \(count) leases were overtaken")
        }
    }
}
