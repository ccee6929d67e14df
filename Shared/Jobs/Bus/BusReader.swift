// SPDX-License-Identifier: Apache-2.0
// Reads jobs off the lanes of one bus generation, first priority first and never more than asked for.

internal import NIOCore
internal import Redis

/// Reads for one worker, over a connection of its own.
struct BusReader: Sendable {
    /// The lanes, in the order in which they are read.
    let lanes: [Lane]
    let generation: Int32
    private let keys: [String]
    private let byKey: [String: Lane]
    private let consumer: String
    private let connection: RedisBlockingConnection

    /// XREADGROUP takes its count for each stream; the script keeps to one count for all of them, in their order.
    private static let script = RedisScript(
        """
        local left, found = tonumber(ARGV[3]), {}
        for i = 1, #KEYS do
            if left <= 0 then break end
            local r = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', left, 'STREAMS', KEYS[i], '>')
            if r then
                found[#found + 1] = r[1]
                left = left - #r[1][2]
            end
        end
        return found
        """
    )
    private static let margin: Duration = .seconds(3)

    /// Creates a reader for streams that `Bus.prepare` has made.
    init(_ lanes: [Lane], of bus: Bus, generation: Int32, consumer: String, over connection: RedisBlockingConnection) {
        self.lanes = lanes
        self.generation = generation
        self.consumer = consumer
        self.connection = connection
        keys = lanes.map { bus.streamKey($0, generation: generation) }
        byKey = Dictionary(zip(keys, lanes), uniquingKeysWith: { first, _ in first })
    }

    /// Whether it reads these lanes of this generation.
    func reads(_ lanes: [Lane], generation: Int32) -> Bool { self.lanes == lanes && self.generation == generation }

    /// Takes what is there, at most `count` in all.
    func fetch(_ count: Int) async throws(RedisError) -> [Delivery] {
        let arguments = [Bus.group, consumer, String(count)].map { ByteBuffer(string: $0) }
        let command = Self.script.command(keys: keys, arguments: arguments, bySource: false)
        do {
            return deliveries(try await connection.send(command, timeout: Self.margin).get())
        } catch  where error.serverPrefix == "NOSCRIPT" {
            let whole = Self.script.command(keys: keys, arguments: arguments, bySource: true)
            return deliveries(try await connection.send(whole, timeout: Self.margin).get())
        }
    }

    /// Waits for the next job of any lane; where several lanes got some since they were looked at, one of each.
    func wait(_ limit: Duration) async throws(RedisError) -> [Delivery] {
        var command = RedisCommand("XREADGROUP", argumentCapacity: 8 + 2 * keys.count)
        for word in ["GROUP", Bus.group, consumer, "COUNT", "1", "BLOCK"] { command.append(word) }
        command.append(max(1, limit.wholeMilliseconds))
        command.append("STREAMS")
        for key in keys { command.append(key) }
        for _ in keys { command.append(">") }
        return deliveries(try await connection.send(command, timeout: limit + Self.margin).get())
    }

    /// Entries of a lane that were sent to this worker and are not acknowledged, in their order.
    ///
    /// - Returns: A page of them, and where the next one begins; nil when there are no more.
    func pending(_ lane: Lane, after start: StreamEntryID) async throws(RedisError) -> (
        deliveries: [Delivery], next: StreamEntryID?
    ) {
        guard let key = byKey.first(where: { $0.value == lane })?.key else { return ([], nil) }
        let command = RedisCommand(
            "XREADGROUP",
            list: ["GROUP", Bus.group, consumer, "COUNT", "500", "STREAMS", key, start.description]
        )
        let reply = try await connection.send(command, timeout: Self.margin)
        // Ids of deleted entries come without fields: they count for the place, and are no deliveries.
        let last = reply.array?.first?.array?.last?.array?.last?.array?.first?.buffer
        return (deliveries(reply), last.flatMap { StreamEntryID($0) })
    }

    private func deliveries(_ reply: RedisValue) -> [Delivery] {
        var deliveries: [Delivery] = []
        for stream in reply.array ?? [] {
            guard let parts = stream.array, parts.count == 2, let key = parts[0].string, let lane = byKey[key] else {
                continue
            }
            for entry in parts[1].array ?? [] {
                guard let pair = entry.array, pair.count == 2, let text = pair[0].buffer, let id = StreamEntryID(text),
                    let fields = pair[1].array, fields.count >= 2, let payload = fields[1].buffer,
                    let job = ClaimedJob(wire: payload)
                else { continue }
                let place = BusPlace(generation: generation, lane: lane, id: id)
                deliveries.append(Delivery(job: job, entry: place))
            }
        }
        return deliveries
    }
}
