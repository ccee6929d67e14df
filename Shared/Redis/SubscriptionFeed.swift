// SPDX-License-Identifier: Apache-2.0
// Martlet: one subscribed connection and its bounded buffer.

internal import NIOCore
internal import Synchronization

/// A connection in subscribed state; closes it when it is let go.
final class SubscriptionFeed: Sendable {
    private let connection: RedisConnection
    private let stream: AsyncStream<RedisValue>
    private let dropped = Counter()

    /// Counts dropped messages; an object of its own so that the connection does not keep the feed alive.
    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    init(_ subscription: RedisSubscription) async throws(RedisError) {
        let connector = subscription.subscriber.connector
        connection = try await connector.open(role: "subscriber", limits: .init(commands: 16, bytes: 1024 * 1024))
            .connection
        let (stream, sink) = AsyncStream.makeStream(
            of: RedisValue.self,
            bufferingPolicy: .bufferingNewest(subscription.bufferLimit)
        )
        self.stream = stream
        connection.divert(to: sink) { [dropped] in dropped.value.add(1, ordering: .relaxed) }
        var bytes = ByteBuffer()
        for (name, list) in [("SUBSCRIBE", subscription.channels), ("PSUBSCRIBE", subscription.patterns)]
        where !list.isEmpty {
            bytes.writeImmutableBuffer(RedisCommand(name, list: list).encoded)
        }
        connection.writeDiverted(bytes)
        connection.startHeartbeat()
    }

    deinit {
        connection.close(RedisError(.unavailable, "the subscription was ended"))
    }

    /// The next reply, or nil when the connection is closed or the task is cancelled.
    func next() async -> RedisValue? {
        var iterator = stream.makeAsyncIterator()
        return await iterator.next(isolation: nil)
    }

    /// True when messages were dropped since the last call of ``takeDropped()``.
    var hasDropped: Bool { dropped.value.load(ordering: .relaxed) > 0 }

    /// How many messages were dropped since the last call.
    func takeDropped() -> Int { dropped.value.exchange(0, ordering: .relaxed) }
}
