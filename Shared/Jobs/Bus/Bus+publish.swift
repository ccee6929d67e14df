// SPDX-License-Identifier: Apache-2.0
// Putting jobs on the bus.

internal import Logging
internal import Synchronization
internal import NIOCore
internal import Redis

extension Bus {
    /// Sets room aside for new jobs of a lane.
    ///
    /// - Returns: The generation, and how many jobs may be recorded as dispatched; 0 while the bus takes none.
    func reserve(_ lane: Lane, count: Int) -> (generation: Int32, granted: Int) {
        guard let generation = openGeneration else { return (0, 0) }
        let granted = state.withLock { $0.window.reserve(lane, count: count, now: .now) }
        return (generation, granted)
    }

    /// One command and one short answer for many jobs, where XADD would take one of each for every job. It answers how many were added and how long the
    /// stream is then, -1 where there is none; a full server takes what it can.
    private static let add = RedisScript(
        """
        if redis.call('EXISTS', KEYS[1]) == 0 then return {0, -1} end
        local added = 0
        for i = 1, #ARGV do
            local id = redis.pcall('XADD', KEYS[1], '*', 'j', ARGV[i])
            if type(id) == 'table' and id.err then break end
            added = i
        end
        return {added, redis.call('XLEN', KEYS[1])}
        """
    )
    /// Most jobs in one call of the script, which keeps the server from everything else while it runs.
    private static let largestAdd = 500

    /// Adds jobs to their streams in one round trip.
    ///
    /// A stream that no worker has made is not made here, so that nothing piles up where nobody reads.
    /// - Returns: The jobs that are not known to be on the bus.
    func publish(_ jobs: [ClaimedJob], generation: Int32) async -> [ClaimedJob] {
        guard !jobs.isEmpty, generation == openGeneration else { return jobs }
        var parts: [ArraySlice<ClaimedJob>] = []
        for lane in Dictionary(grouping: jobs, by: \.lane).values {
            for start in stride(from: 0, to: lane.count, by: Self.largestAdd) {
                parts.append(lane[start..<min(start + Self.largestAdd, lane.count)])
            }
        }
        var replies = await add(parts, generation: generation, bySource: false)
        if replies.contains(where: { $0.serverError?.serverPrefix == "NOSCRIPT" }) {
            // Nothing of it has run, unless the server forgot the script halfway through; then some entries are there twice, and the fence tells.
            replies = await add(parts, generation: generation, bySource: true)
        }
        guard replies.count == parts.count else { return jobs }
        let now = ContinuousClock.now
        var refused: [ClaimedJob] = []
        state.withLock { state in
            for (part, reply) in zip(parts, replies) {
                guard let lane = part.first?.lane else { continue }
                guard let numbers = reply.array, numbers.count == 2, let added = numbers[0].int,
                    let length = numbers[1].int
                else {
                    refused += part
                    continue
                }
                refused += part.dropFirst(Int(added))
                // No stream, or a server that takes no more: nothing more for a moment, or each new job would be recorded as dispatched and recalled.
                if length < 0 || added < part.count {
                    state.window.rest(lane, now: now)
                } else {
                    state.window.observe(lane, length: Int(length), now: now)
                }
            }
        }
        return refused
    }

    private func add(_ parts: [ArraySlice<ClaimedJob>], generation: Int32, bySource: Bool) async -> [RedisValue] {
        let commands = parts.map { part in
            Self.add.command(
                keys: part.first.map { [streamKey($0.lane, generation: generation)] } ?? [],
                arguments: part.map(\.wire),
                bySource: bySource
            )
        }
        do { return try await client.pipeline(commands) } catch {
            logger.debug("the bus took nothing", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// How much room a stream must have before the sweeper refills it: large batches cost the ledger less.
    var refillStep: Int { min(1_000, state.withLock { $0.window.limit } / 4) }

    /// How much more each lane's stream may hold; lanes without a stream are left out.
    func room(in lanes: [Lane], generation: Int32) async -> [(lane: Lane, count: Int)] {
        guard generation == openGeneration else { return [] }
        let limit = state.withLock { $0.window.limit }
        let lengths = (try? await lengths(of: lanes, generation: generation)) ?? []
        return lengths.map { ($0.lane, max(0, limit - $0.length)) }
    }

    /// How many entries each lane's stream has; lanes without a stream are left out.
    func lengths(of lanes: [Lane], generation: Int32) async throws(RedisError) -> [(lane: Lane, length: Int)] {
        guard !lanes.isEmpty else { return [] }
        let commands = lanes.flatMap { lane in
            let key = streamKey(lane, generation: generation)
            return [RedisCommand("EXISTS", key), RedisCommand("XLEN", key)]
        }
        let replies = try await client.pipeline(commands)
        if let error = replies.lazy.compactMap(\.serverError).first { throw error }
        guard replies.count == commands.count else {
            throw RedisError(.unexpectedReply, "\(commands.count) commands have as many replies")
        }
        return lanes.enumerated().compactMap { index, lane in
            guard replies[index * 2].int == 1, let length = replies[index * 2 + 1].int else { return nil }
            return (lane, Int(length))
        }
    }
}
