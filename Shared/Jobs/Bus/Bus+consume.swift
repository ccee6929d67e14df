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
