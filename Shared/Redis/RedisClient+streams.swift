// SPDX-License-Identifier: Apache-2.0
// Martlet: adding, reading and removing stream entries.

extension RedisClient {
    /// Adds one entry and returns its id; nil when the stream does not exist and `makeStream` is false.
    @discardableResult
    public func xadd(
        _ key: String,
        id: StreamEntryID? = nil,
        fields: [StreamEntry.Field],
        makeStream: Bool = true
    ) async throws(RedisError) -> StreamEntryID? {
        let reply = try await send(.xadd(key, id: id, fields: fields, makeStream: makeStream))
        return reply.isNull ? nil : try StreamDecoding.id(reply)
    }

    /// Adds many entries in one write; each result is the id or the server's error for that entry.
    public func xadd(
        _ key: String,
        entries: [[StreamEntry.Field]]
    ) async throws(RedisError) -> [Result<StreamEntryID, RedisError>] {
        let replies = try await pipeline(entries.map { .xadd(key, fields: $0) })
        return replies.map { reply in
            Result { () throws(RedisError) in try StreamDecoding.id(reply.get()) }
        }
    }

    /// Reads entries for a consumer without waiting, by stream; a stream without entries is missing.
    ///
    /// - Parameters:
    ///   - streams: Keys, each with the id to read after in the consumer's own pending list, or nil for new entries.
    ///   - count: Entries per stream at most.
    public func xreadgroup(
        group: String,
        consumer: String,
        streams: [(key: String, after: StreamEntryID?)],
        count: Int
    ) async throws(RedisError) -> [String: [StreamEntry]] {
        let command = RedisCommand.xreadgroup(group: group, consumer: consumer, streams: streams, count: count)
        return try StreamDecoding.readResult(try await send(command))
    }

    /// Acknowledges entries and returns how many were pending.
    @discardableResult
    public func xack(_ key: String, group: String, ids: [StreamEntryID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        return try StreamDecoding.int(try await send(.xack(key, group: group, ids: ids)))
    }

    /// Deletes entries and returns how many existed.
    @discardableResult
    public func xdel(_ key: String, ids: [StreamEntryID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        return try StreamDecoding.int(try await send(.xdel(key, ids: ids)))
    }

    /// Acknowledges and deletes entries in one write: in Redis an acknowledgement alone leaves the entry in the stream.
    @discardableResult
    public func xackdel(
        _ key: String,
        group: String,
        ids: [StreamEntryID]
    ) async throws(RedisError) -> (acknowledged: Int, deleted: Int) {
        guard !ids.isEmpty else { return (0, 0) }
        let replies = try await pipeline([.xack(key, group: group, ids: ids), .xdel(key, ids: ids)])
        guard replies.count == 2 else { throw StreamDecoding.unexpected("not two replies", nil) }
        return (try StreamDecoding.int(replies[0].get()), try StreamDecoding.int(replies[1].get()))
    }

    /// The number of entries; 0 for a stream that does not exist.
    public func xlen(_ key: String) async throws(RedisError) -> Int {
        try StreamDecoding.int(try await send(RedisCommand("XLEN", key)))
    }

    /// The entries from `start` to `end`, both included, at most `count`.
    public func xrange(
        _ key: String,
        from start: StreamEntryID = .zero,
        to end: StreamEntryID = .max,
        count: Int
    ) async throws(RedisError) -> [StreamEntry] {
        var command = RedisCommand("XRANGE", key)
        command.append(start)
        command.append(end)
        command.append("COUNT")
        command.append(count)
        return try StreamDecoding.entries(try await send(command))
    }

    /// Removes the entries below `id` and returns how many.
    ///
    /// Pending lists are not looked at: trimmed entries stay pending without content, so trim below the smallest pending id.
    @discardableResult
    public func xtrim(_ key: String, minimum id: StreamEntryID) async throws(RedisError) -> Int {
        var command = RedisCommand("XTRIM", key, "MINID")
        command.append(id)
        return try StreamDecoding.int(try await send(command))
    }
}
