// SPDX-License-Identifier: Apache-2.0
// Martlet: the bus delivers the same job several times, and old jobs again: there is one receipt for each.

import TestSupport
import Testing

extension Faults {
    @Suite struct DuplicateDeliveryTests {
        @Test(arguments: FaultSeed.all) func sameEntriesAgainAndAgain(_ seed: FaultSeed) async throws {
            try await Faults.run("entries of the bus repeated", seed) { cluster, oracle, dice in
                let before = try await Self.stale(cluster)
                // Stopped workers leave the entries on the bus, where they can be read and repeated.
                for worker in cluster.workers { worker.pause() }
                let args = (0..<50).map { _ in ClusterWork.uniqueArgs() }
                let request = ClusterRequest.batch("noop", args: args)
                var record = ClusterRecord()
                record.add(request, try await cluster.apis[0].exchange(request))
                var entries: [(stream: String, payload: [UInt8])] = []
                try await eventually("the jobs are on the bus", within: .seconds(10)) {
                    entries = try await Self.entries(cluster)
                    return entries.count >= args.count
                }
                for entry in entries.shuffled(using: &dice) {
                    for _ in 0..<dice.roll(1...3) { try await Self.add(entry, cluster) }
                }
                for worker in cluster.workers { worker.resume() }
                try await oracle.settle()
                let receipts =
                    "SELECT id, xmin, epoch, outcome, finished_at FROM job_done WHERE \(oracle.isMine) ORDER BY id"
                let first = try await cluster.postgres.rows(receipts)
                // Jobs that have long ended: each repetition runs, and each of their ends is too late.
                let between = try await Self.stale(cluster)
                for entry in entries { try await Self.add(entry, cluster) }
                try await eventually("every repetition has run", within: .seconds(20)) {
                    try await Self.stale(cluster) >= between + Double(entries.count)
                }
                let verdict = try await oracle.judge(record)
                try demand(
                    try await cluster.postgres.rows(receipts) == first,
                    "a repetition changed a receipt"
                )
                let stale = try await Self.stale(cluster) - before
                return "\(entries.count) entries, \(Int(stale)) stale completions; \(verdict)"
            }
        }

        private static func stale(_ cluster: Cluster) async throws -> Double {
            var sum = 0.0
            for worker in cluster.workers {
                sum += try await worker.metric("martlet_jobs_stale_completions_total")
            }
            return sum
        }

        private static func entries(_ cluster: Cluster) async throws -> [(
            stream: String, payload: [UInt8]
        )] {
            var found: [(stream: String, payload: [UInt8])] = []
            for stream in try await cluster.redis.streams() {
                for entry in try await cluster.redis.send(["XRANGE", stream, "-", "+"]).list {
                    if let payload = entry.list.last?.list.last?.data { found.append((stream, payload)) }
                }
            }
            return found
        }

        private static func add(_ entry: (stream: String, payload: [UInt8]), _ cluster: Cluster)
            async throws
        {
            let words = ["XADD", entry.stream, "*", "j"].map { Array($0.utf8) }
            try await cluster.redis.send(bytes: words + [entry.payload])
        }
    }
}
