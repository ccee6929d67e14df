// SPDX-License-Identifier: Apache-2.0
// Martlet: another job queue's store in Redis.

import Redis

/// A peer's store in Redis: what is in no list any more is finished, or lost.
struct RedisPeerStore: PeerStore {
    let lab: Lab
    let queue: ProgramQueue

    func enqueue(_ jobs: Int, isRecorded: Bool) async throws -> Double {
        try ProgramQueue.rate(try await queue.run(["enqueue", String(jobs)], lab, database: nil))
    }

    func startWorker(_ work: PeerWork) async throws -> ChildProcess {
        try await queue.startWorker(lab, database: nil, work)
    }

    func finished(of jobs: Int) async throws -> Int {
        var left = 0
        for command in [
            RedisCommand("LLEN", "queue:bench"), RedisCommand("ZCARD", "retry"), RedisCommand("ZCARD", "schedule"),
        ] {
            left += Int(try await lab.redis.send(command).int ?? 0)
        }
        return jobs - left
    }
}
