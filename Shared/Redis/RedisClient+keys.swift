// SPDX-License-Identifier: Apache-2.0
// Martlet: plain keys and publishing.

public import NIOCore

extension RedisClient {
    /// When a `SET` may write.
    public enum SetCondition: String, Sendable {
        /// Only when the key does not exist.
        case ifMissing = "NX"
        /// Only when the key exists.
        case ifPresent = "XX"
    }

    /// The value of a key; nil when it does not exist.
    public func get(_ key: String) async throws(RedisError) -> ByteBuffer? {
        let reply = try await send(RedisCommand("GET", key))
        if reply.isNull { return nil }
        guard let buffer = reply.buffer else { throw StreamDecoding.unexpected("not a string", reply) }
        return buffer
    }

    /// Sets a key; false when `condition` was not met.
    ///
    /// - Parameter expiry: The key's time to live, rounded up to whole milliseconds; nil keeps it for ever.
    @discardableResult
    public func set(
        _ key: String,
        _ value: ByteBuffer,
        condition: SetCondition? = nil,
        expiry: Duration? = nil
    ) async throws(RedisError) -> Bool {
        var command = RedisCommand("SET", argumentCapacity: 5, byteCapacity: value.readableBytes)
        command.append(key)
        command.append(value)
        if let condition { command.append(condition.rawValue) }
        if let expiry {
            command.append("PX")
            command.append(max(1, expiry.wholeMilliseconds))
        }
        return try await !send(command).isNull
    }

    /// Sets a key to a text; see ``set(_:_:condition:expiry:)``.
    @discardableResult
    public func set(
        _ key: String,
        _ value: String,
        condition: SetCondition? = nil,
        expiry: Duration? = nil
    ) async throws(RedisError) -> Bool {
        try await set(key, ByteBuffer(string: value), condition: condition, expiry: expiry)
    }

    /// Deletes keys and returns how many existed.
    @discardableResult
    public func del(_ keys: [String]) async throws(RedisError) -> Int {
        guard !keys.isEmpty else { return 0 }
        return try StreamDecoding.int(try await send(RedisCommand("DEL", list: keys)))
    }

    /// Deletes keys, freeing their memory in the background, and returns how many existed.
    @discardableResult
    public func unlink(_ keys: [String]) async throws(RedisError) -> Int {
        guard !keys.isEmpty else { return 0 }
        return try StreamDecoding.int(try await send(RedisCommand("UNLINK", list: keys)))
    }

    /// Publishes a message and returns how many subscribers got it.
    @discardableResult
    public func publish(_ channel: String, _ payload: ByteBuffer) async throws(RedisError) -> Int {
        var command = RedisCommand("PUBLISH", argumentCapacity: 2, byteCapacity: payload.readableBytes)
        command.append(channel)
        command.append(payload)
        return try StreamDecoding.int(try await send(command))
    }
}
