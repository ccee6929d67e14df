// SPDX-License-Identifier: Apache-2.0
// What the sweeper asks and clears on the bus: how far a stream has been read, entries of dead consumers, streams of old generations.

internal import NIOCore
internal import Redis

extension Bus {
    /// How far each lane's stream has been read; lanes without a stream are left out.
    func progress(in lanes: [Lane], generation: Int32) async throws(RedisError) -> [Lane: StreamProgress] {
        let infos = try await client.pipeline(
            lanes.map { RedisCommand("XINFO", "GROUPS", streamKey($0, generation: generation)) } + [
                RedisCommand("TIME")
            ]
        )
        guard let clock = infos.last?.array, clock.count == 2, let seconds = clock[0].int, let micros = clock[1].int
        else { throw RedisError(.unexpectedReply, "TIME is two numbers") }
        let now = seconds * 1_000 + micros / 1_000
        var progress: [Lane: StreamProgress] = [:]
        var asked: [(lane: Lane, command: RedisCommand)] = []
        for (lane, info) in zip(lanes, infos) {
            guard let group = info.array?.first, let text = group["last-delivered-id"]?.string,
                let last = StreamEntryID(text), let next = last.successor
            else { continue }
            progress[lane] = StreamProgress(now: now, lastRead: Int64(clamping: last.milliseconds))
            let key = streamKey(lane, generation: generation)
            asked.append((lane, RedisCommand("XRANGE", key, next.description, "+", "COUNT", "1")))
        }
        for (question, reply) in zip(asked, try await client.pipeline(asked.map(\.command))) {
            guard let text = reply.array?.first?.array?.first?.buffer, let id = StreamEntryID(text) else { continue }
            progress[question.lane]?.oldestUnread = Int64(clamping: id.milliseconds)
        }
        return progress
    }

    /// How many entries of each lane workers have read and not acknowledged.
    func pending(in lanes: [Lane], generation: Int32) async throws(RedisError) -> [Lane: Int] {
        let replies = try await client.pipeline(
            lanes.map { RedisCommand("XPENDING", streamKey($0, generation: generation), Self.group) }
        )
        var pending: [Lane: Int] = [:]
        for (lane, reply) in zip(lanes, replies) { pending[lane] = reply.array?.first?.int.map { Int($0) } }
        return pending
    }

    /// Removes entries that a consumer has held longer than `age`: the ledger has taken their jobs over by then, by lease or by a new dispatch.
    func clearStale(_ lanes: [Lane], generation: Int32, olderThan age: Duration) async throws(RedisError) -> Int {
        var cleared = 0
        for lane in lanes {
            var cursor = "0-0"
            repeat {
                let reply = try await client.send(
                    RedisCommand(
                        "XAUTOCLAIM",
                        streamKey(lane, generation: generation),
                        Self.group,
                        "sweeper",
                        String(age.wholeMilliseconds),
                        cursor,
                        "COUNT",
                        "500",
                        "JUSTID"
                    )
                )
                guard let parts = reply.array, parts.count >= 2 else { break }
                let ids = (parts[1].array ?? []).compactMap { $0.buffer.flatMap { StreamEntryID($0) } }
                await remove(ids.map { BusPlace(generation: generation, lane: lane, id: $0) })
                cleared += ids.count
                cursor = parts[0].string ?? "0-0"
            } while cursor != "0-0"
        }
        return cleared
    }

    /// Removes consumers that hold nothing and have not been heard of for `age`.
    func clearConsumers(_ lanes: [Lane], generation: Int32, idleFor age: Duration) async throws(RedisError) {
        for lane in lanes {
            let key = streamKey(lane, generation: generation)
            let consumers = try await client.send(RedisCommand("XINFO", "CONSUMERS", key, Self.group)).array ?? []
            for consumer in consumers {
                guard let name = consumer["name"]?.string, consumer["pending"]?.int == 0,
                    let idle = consumer["idle"]?.int, idle > age.wholeMilliseconds
                else { continue }
                // DELCONSUMER drops what is pending without a word, so the check and the removal are one script.
                _ = try await client.send(
                    RedisCommand("EVAL", Self.removeConsumer, "1", key, Self.group, name)
                )
            }
        }
    }

    private static let removeConsumer = """
        for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
            if c[2] == ARGV[2] and c[4] == 0 then return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end
        end
        return 0
        """

    /// Removes the streams of a generation that has passed.
    func clearGeneration(_ generation: Int32, lanes: [Lane]) async {
        guard generation > 0, !lanes.isEmpty else { return }
        _ = try? await client.send(
            RedisCommand("UNLINK", list: lanes.map { streamKey($0, generation: generation) })
        )
    }
}
