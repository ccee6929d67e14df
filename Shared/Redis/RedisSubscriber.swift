// SPDX-License-Identifier: Apache-2.0
// Martlet: pub/sub on connections of their own.

internal import Logging

extension RedisClient {
    /// Makes a subscriber with this client's settings; it needs no ``run()``.
    public func makeSubscriber() -> RedisSubscriber {
        RedisSubscriber(connector: connector, logger: logger)
    }
}

/// Subscribes to channels.
///
/// ```swift
/// for await event in subscriber.subscribe(["news"]) {
///     if case .message(_, let payload) = event { print(payload.readableBytes) }
/// }
/// ```
public struct RedisSubscriber: Sendable {
    let connector: RedisConnector
    let logger: Logger

    /// Events of `channels` and `patterns`; each iteration has a connection of its own, which it keeps up for ever.
    ///
    /// The sequence ends when its task is cancelled. The reading task does all the work, so no other task is needed.
    /// - Parameters:
    ///   - channels: Channel names.
    ///   - patterns: Glob patterns of channel names.
    ///   - bufferLimit: Messages kept for a slow reader before the oldest are dropped; default 1,024.
    public func subscribe(_ channels: [String], patterns: [String] = [], bufferLimit: Int = 1024) -> RedisSubscription {
        RedisSubscription(subscriber: self, channels: channels, patterns: patterns, bufferLimit: max(1, bufferLimit))
    }
}
