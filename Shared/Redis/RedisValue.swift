// SPDX-License-Identifier: Apache-2.0
// Martlet: one reply of a Redis server.

public import NIOCore

/// One reply in the second version of the Redis protocol.
///
/// Bulk strings of one reply share one allocation, so keeping a small slice keeps the whole reply in memory.
public enum RedisValue: Sendable, Equatable {
    /// A null bulk string or a null array.
    case null
    /// A 64-bit integer.
    case integer(Int64)
    /// A binary-safe string.
    case bulk(ByteBuffer)
    /// A short status such as `OK`.
    case status(String)
    /// An error reply, complete with its prefix.
    case error(String)
    /// A list of replies.
    case array([RedisValue])
}
