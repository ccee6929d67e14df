// SPDX-License-Identifier: Apache-2.0
// Putting jobs on the bus.

internal import Synchronization
internal import NIOCore
internal import Redis

extension Bus {
    /// Sets room aside for new jobs of a lane.
    ///
    /// - Returns: The generation, and how many jobs may be recorded as dispatched; 0 while the bus is away or full.
    func reserve(_ lane: Lane, count: Int) -> (generation: Int32, granted: Int) {
        guard let generation else { return (0, 0) }
        let granted = state.withLock { $0.window.reserve(lane, count: count, now: .now) }
        return (generation, granted)
    }

    /// Adds jobs to their streams in one round trip.
    ///
    /// A stream that no worker has made is not made here, so that nothing piles up where nobody reads.
    /// - Returns: The jobs that are not known to be on the bus.
    func publish(_ jobs: [ClaimedJob], generation: Int32) async -> [ClaimedJob] {
        guard !jobs.isEmpty else { return [] }
        let keys = Dictionary(
            jobs.map { ($0.lane, streamKey($0.lane, generation: generation)) },
            uniquingKeysWith: { first, _ in first }
        )
        let lanes = Array(keys.keys)
        var commands: [RedisCommand] = []
        commands.reserveCapacity(jobs.count + lanes.count)
        for job in jobs {
            let payload = job.wire
            var command = RedisCommand("XADD", argumentCapacity: 5, byteCapacity: payload.readableBytes)
            command.append(keys[job.lane] ?? "")
            command.append("NOMKSTREAM")
            command.append("*")
            command.append("j")
            command.append(payload)
            commands.append(command)
        }
        for lane in lanes { commands.append(RedisCommand("XLEN", keys[lane] ?? "")) }
        guard generation == self.generation, let replies = try? await client.pipeline(commands),
            replies.count == commands.count
        else { return jobs }
        let refused = zip(jobs, replies).filter { $0.1.buffer == nil }.map(\.0)
        let missing = Set(refused.map(\.lane))
        let now = ContinuousClock.now
        state.withLock { state in
            for (lane, reply) in zip(lanes, replies.suffix(lanes.count)) {
                if missing.contains(lane) {
                    state.window.observeMissing(lane, now: now)
                } else if let length = reply.int {
                    state.window.observe(lane, length: Int(length), now: now)
                }
            }
        }
        return refused
    }

    /// How much room a stream must have before the sweeper refills it: large batches cost the ledger less.
    var refillStep: Int { min(1_000, state.withLock { $0.window.limit } / 4) }

    /// How much more each lane's stream may hold; lanes without a stream are left out.
    func room(in lanes: [Lane], generation: Int32) async -> [(lane: Lane, count: Int)] {
        guard !lanes.isEmpty, generation == self.generation else { return [] }
        let commands = lanes.flatMap { lane in
            let key = streamKey(lane, generation: generation)
            return [RedisCommand("EXISTS", key), RedisCommand("XLEN", key)]
        }
        guard let replies = try? await client.pipeline(commands), replies.count == commands.count else { return [] }
        let limit = state.withLock { $0.window.limit }
        return lanes.enumerated().compactMap { index, lane in
            guard replies[index * 2].int == 1, let length = replies[index * 2 + 1].int else { return nil }
            return (lane, max(0, limit - Int(length)))
        }
    }
}
