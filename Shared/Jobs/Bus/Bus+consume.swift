// SPDX-License-Identifier: Apache-2.0
// Taking jobs off the bus, and clearing away what is finished.

internal import Logging
internal import NIOCore
internal import Redis

extension Bus {
    /// Makes the streams and the group of these lanes, where they are missing.
    func prepare(_ lanes: [Lane], generation: Int32) async throws(RedisError) {
        let commands = lanes.map {
            RedisCommand("XGROUP", "CREATE", streamKey($0, generation: generation), Self.group, "0", "MKSTREAM")
        }
        for reply in try await client.pipeline(commands) {
            if let error = reply.serverError, error.serverPrefix != "BUSYGROUP" { throw error }
        }
    }

    /// Reads new entries.
    ///
    /// - Parameters:
    ///   - count: Most entries from each lane.
    ///   - block: How long the server waits for the first; zero does not wait.
    func read(
        _ lanes: [Lane],
        generation: Int32,
        consumer: String,
        count: Int,
        block: Duration,
        over connection: RedisBlockingConnection
    ) async throws(RedisError) -> [Delivery] {
        var command = RedisCommand("XREADGROUP", argumentCapacity: 8 + 2 * lanes.count)
        for word in ["GROUP", Self.group, consumer, "COUNT"] { command.append(word) }
        command.append(max(1, count))
        command.append("BLOCK")
        command.append(max(1, block.wholeMilliseconds))
        command.append("STREAMS")
        for lane in lanes { command.append(streamKey(lane, generation: generation)) }
        for _ in lanes { command.append(">") }
        let reply = try await connection.send(command, timeout: block + .seconds(3))
        if let error = reply.serverError { throw error }
        var deliveries: [Delivery] = []
        let byKey = Dictionary(
            lanes.map { (streamKey($0, generation: generation), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for stream in reply.array ?? [] {
            guard let parts = stream.array, parts.count == 2, let key = parts[0].string, let lane = byKey[key] else {
                continue
            }
            for entry in parts[1].array ?? [] {
                guard let pair = entry.array, pair.count == 2, let idText = pair[0].buffer,
                    let id = StreamEntryID(idText),
                    let fields = pair[1].array, fields.count >= 2, let payload = fields[1].buffer,
                    let job = ClaimedJob(wire: payload)
                else { continue }
                deliveries.append(
                    Delivery(job: job, entry: BusPlace(generation: generation, lane: lane, id: id))
                )
            }
        }
        return deliveries
    }

    /// Removes entries whose jobs the ledger no longer needs there; a failure leaves litter that the sweeper clears away.
    func remove(_ places: [BusPlace]) async {
        guard !places.isEmpty else { return }
        var commands: [RedisCommand] = []
        for (stream, group) in Dictionary(
            grouping: places,
            by: { StreamName(lane: $0.lane, generation: $0.generation) }
        ) {
            let key = streamKey(stream.lane, generation: stream.generation)
            var acknowledge = RedisCommand("XACK", argumentCapacity: 2 + group.count)
            var delete = RedisCommand("XDEL", argumentCapacity: 1 + group.count)
            acknowledge.append(key)
            acknowledge.append(Self.group)
            delete.append(key)
            for place in group {
                acknowledge.append(place.id)
                delete.append(place.id)
            }
            commands.append(acknowledge)
            commands.append(delete)
        }
        do {
            _ = try await client.pipeline(commands)
        } catch {
            logger.debug("finished entries stay on the bus for now", metadata: ["error": "\(error)"])
        }
    }

    private struct StreamName: Hashable {
        var lane: Lane
        var generation: Int32
    }
}
