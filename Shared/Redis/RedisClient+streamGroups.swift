// SPDX-License-Identifier: Apache-2.0
// Martlet: consumer groups.

extension RedisClient {
    /// Creates a group, and the stream where it is missing; false when the group existed.
    ///
    /// - Parameter start: Deliver entries after this id; nil delivers only those added later.
    @discardableResult
    public func xgroupCreate(
        _ key: String,
        group: String,
        after start: StreamEntryID? = .zero
    ) async throws(RedisError) -> Bool {
        var command = RedisCommand("XGROUP", "CREATE", key, group)
        if let start { command.append(start) } else { command.append("$") }
        command.append("MKSTREAM")
        do throws(RedisError) {
            _ = try await send(command)
            return true
        } catch {
            guard error.serverPrefix == "BUSYGROUP" else { throw error }
            return false
        }
    }

    /// Destroys a group with its pending lists; false when there was none. Blocked readers are woken with an error.
    @discardableResult
    public func xgroupDestroy(_ key: String, group: String) async throws(RedisError) -> Bool {
        try StreamDecoding.int(try await send(RedisCommand("XGROUP", "DESTROY", key, group))) > 0
    }

    /// Deletes a consumer and returns how many pending entries were lost with it; make sure first that it has none.
    @discardableResult
    public func xgroupDelConsumer(_ key: String, group: String, consumer: String) async throws(RedisError) -> Int {
        try StreamDecoding.int(try await send(RedisCommand("XGROUP", "DELCONSUMER", key, group, consumer)))
    }

    /// Takes over entries that were idle for `minIdle`; go on at the answer's cursor until it is `.zero`.
    ///
    /// The server looks at ten times `count` pending entries at most, so an empty answer with a cursor is no end.
    public func xautoclaim(
        _ key: String,
        group: String,
        consumer: String,
        minIdle: Duration,
        start: StreamEntryID = .zero,
        count: Int = 100
    ) async throws(RedisError) -> StreamClaim {
        let command = RedisCommand.xautoclaim(
            key,
            group: group,
            consumer: consumer,
            minIdle: minIdle,
            start: start,
            count: count
        )
        return try StreamDecoding.claim(try await send(command))
    }

    /// Resets the idle time of the consumer's own entries without counting a delivery; returns those still pending.
    @discardableResult
    public func xclaimJustID(
        _ key: String,
        group: String,
        consumer: String,
        ids: [StreamEntryID]
    ) async throws(RedisError) -> [StreamEntryID] {
        guard !ids.isEmpty else { return [] }
        return try StreamDecoding.ids(
            try await send(.xclaimJustID(key, group: group, consumer: consumer, ids: ids))
        )
    }

    /// How many entries of a group are pending, in all and for each consumer.
    public func xpending(_ key: String, group: String) async throws(RedisError) -> StreamPendingSummary {
        try StreamDecoding.pendingSummary(try await send(RedisCommand("XPENDING", key, group)))
    }

    /// Pending entries from `start` to `end`, both included.
    ///
    /// - Parameters:
    ///   - minIdle: Only entries idle for so long; nil for all.
    ///   - consumer: Only entries of this consumer; nil for all.
    public func xpending(
        _ key: String,
        group: String,
        minIdle: Duration? = nil,
        from start: StreamEntryID = .zero,
        to end: StreamEntryID = .max,
        count: Int,
        consumer: String? = nil
    ) async throws(RedisError) -> [StreamPendingEntry] {
        var command = RedisCommand("XPENDING", key, group)
        if let minIdle {
            command.append("IDLE")
            command.append(minIdle.wholeMilliseconds)
        }
        command.append(start)
        command.append(end)
        command.append(count)
        if let consumer { command.append(consumer) }
        return try StreamDecoding.array(try await send(command)).map { (value) throws(RedisError) in
            try StreamDecoding.pendingEntry(value)
        }
    }

    /// Facts about a stream; throws `.server` when it does not exist.
    public func xinfoStream(_ key: String) async throws(RedisError) -> StreamInfo {
        try StreamDecoding.info(try await send(RedisCommand("XINFO", "STREAM", key)))
    }

    /// Facts about the groups of a stream; throws `.server` when it does not exist.
    public func xinfoGroups(_ key: String) async throws(RedisError) -> [StreamGroupInfo] {
        try StreamDecoding.array(try await send(RedisCommand("XINFO", "GROUPS", key))).map {
            (value) throws(RedisError) in
            try StreamDecoding.group(value)
        }
    }

    /// Facts about the consumers of a group; throws `.server` with `NOGROUP` when it does not exist.
    public func xinfoConsumers(_ key: String, group: String) async throws(RedisError) -> [StreamConsumerInfo] {
        let reply = try await send(RedisCommand("XINFO", "CONSUMERS", key, group))
        return try StreamDecoding.array(reply).map { (value) throws(RedisError) in try StreamDecoding.consumer(value) }
    }
}
