// SPDX-License-Identifier: Apache-2.0
// Martlet: what a subscription delivers.

public import NIOCore

/// One thing that happened on a subscription.
public enum RedisSubscriberEvent: Sendable, Equatable {
    /// The server confirmed the first subscription; messages published from now on arrive.
    case subscribed
    /// The connection was lost and is back; messages published in between are lost.
    case resubscribed
    /// A message; `channel` is where it was published.
    case message(channel: String, payload: ByteBuffer)
    /// The reader was too slow: this many messages (the oldest) were dropped since the last event of this kind.
    case overflowed(dropped: Int)
}
