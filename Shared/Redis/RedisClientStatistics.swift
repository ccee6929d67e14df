// SPDX-License-Identifier: Apache-2.0
// Martlet: numbers about a client, for metrics.

/// A snapshot of a client's counters.
public struct RedisClientStatistics: Sendable, Equatable {
    /// True while commands can be sent.
    public var isConnected = false
    /// How many connections were made so far.
    public var epoch: UInt64 = 0
    /// How many attempts to connect failed so far.
    public var failedConnects: UInt64 = 0
    /// Commands whose replies are outstanding.
    public var commandsInFlight = 0
    /// Request bytes whose replies are outstanding.
    public var bytesInFlight = 0
}
