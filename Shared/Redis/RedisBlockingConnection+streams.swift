// SPDX-License-Identifier: Apache-2.0
// Martlet: waiting for stream entries.

extension RedisBlockingConnection {
    /// Waits up to `block` for new entries of some streams and returns them by stream; empty when none came.
    ///
    /// An unblocking client (`CLIENT UNBLOCK`) ends the wait with an empty answer. The reply is given the client's command
    /// time-out on top of `block`. Throws what ``send(_:timeout:)`` throws; a stream or group that vanishes is `.server`.
    public func xreadgroup(
        group: String,
        consumer: String,
        keys: [String],
        count: Int,
        block: Duration
    ) async throws(RedisError) -> [String: [StreamEntry]] {
        let command = RedisCommand.xreadgroup(
            group: group,
            consumer: consumer,
            streams: keys.map { ($0, nil) },
            count: count,
            block: block
        )
        let reply = try await send(command, timeout: block + connector.configuration.commandTimeout)
        return try StreamDecoding.readResult(reply)
    }
}

extension RedisClient {
    /// Ends the wait of a blocking connection; false when it was not blocked.
    ///
    /// - Parameters:
    ///   - clientID: ``RedisBlockingConnection/clientID`` of the connection.
    ///   - withError: True makes the wait fail with `UNBLOCKED`; false, the default, makes it end empty.
    @discardableResult
    public func unblock(clientID: Int64, withError: Bool = false) async throws(RedisError) -> Bool {
        var command = RedisCommand("CLIENT", "UNBLOCK")
        command.append(clientID)
        if withError { command.append("ERROR") }
        return try StreamDecoding.int(try await send(command)) > 0
    }
}
