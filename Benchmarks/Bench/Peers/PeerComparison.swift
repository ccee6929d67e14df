// SPDX-License-Identifier: Apache-2.0
// Martlet: the same jobs, payload, servers and faults for several job queues.

import Redis

/// Compares job queues.
struct PeerComparison: Sendable {
    private let lab: Lab
    private let jobs: Int
    private let rounds: Int

    /// Worker processes: one, and one for each core of a small machine, since some queues' workers use one core alone.
    private static let processes = [1, 2]

    init(_ lab: Lab) {
        self.lab = lab
        jobs = lab.options.isQuick ? 5_000 : 50_000
        rounds = lab.options.isQuick ? 1 : min(3, lab.options.rounds)
    }

    func run() async throws -> [PeerResult] {
        let queues: [any PeerQueue] =
            [MartletQueue(bestConcurrency: lab.options.concurrency)] + (try ProgramQueue.all(lab.surroundings))
        var results: [PeerResult] = []
        for queue in queues {
            results.append(PeerResult(name: queue.name, version: try await queue.version(lab), store: queue.store))
        }
        // Round by round through all of them, so that what else the machine does in the meantime meets each alike.
        for round in 1...rounds {
            for (place, queue) in queues.enumerated() {
                Progress.say("\(queue.name) \(round)/\(rounds)")
                try await measure(queue, &results[place])
            }
        }
        for fault in PeerFault.allCases {
            for (place, queue) in queues.enumerated() where fault != .redisFlushed || queue.usesRedis {
                results[place].faults.append(try await FaultRound(lab, queue, fault).run())
            }
        }
        return results
    }

    private func measure(_ queue: any PeerQueue, _ result: inout PeerResult) async throws {
        for count in Self.processes {
            let (enqueued, drained) = try await queue.with(lab) { store in
                let enqueued = try await store.enqueue(jobs, isRecorded: false)
                return (enqueued, try await drain(store, queue, processes: count))
            }
            result.enqueued.append(enqueued)
            result.drained[count, default: []].append(drained)
            Progress.say(
                "    workers \(count): enqueued \(shortNumber(enqueued))/s, finished \(shortNumber(drained))/s"
            )
        }
    }

    /// Jobs a second between the first and the last look at the store that showed progress.
    private func drain(_ store: any PeerStore, _ queue: any PeerQueue, processes: Int) async throws -> Double {
        let start = ContinuousClock.now
        let work = PeerWork(concurrency: queue.bestConcurrency)
        // All at once, so that a slow start of one is not a time in which the other works alone.
        let workers = try await withThrowingTaskGroup(of: ChildProcess.self) { group in
            for _ in 0..<processes { group.addTask { try await store.startWorker(work) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        do {
            let rate = try await watch(store, since: start)
            for worker in workers { await worker.stop() }
            return rate
        } catch {
            for worker in workers { await worker.killNow() }
            throw error
        }
    }

    private func watch(_ store: any PeerStore, since start: ContinuousClock.Instant) async throws -> Double {
        var first: (at: ContinuousClock.Instant, count: Int)?
        let deadline = start + .seconds(180)
        while ContinuousClock.now < deadline {
            let count = try await store.finished(of: jobs)
            let now = ContinuousClock.now
            if first == nil, count > 0 { first = (now, count) }
            if count >= jobs {
                // So fast that it was over at the first look: the whole time counts.
                guard let first, first.count < jobs else { return Double(jobs) / (now - start).seconds }
                return Double(jobs - first.count) / (now - first.at).seconds
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchError(.timeout, "not all jobs were finished when time was up")
    }
}
