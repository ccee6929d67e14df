// SPDX-License-Identifier: Apache-2.0
// Martlet: what happens to a client's connection.

/// A change of a client's connection.
public enum RedisConnectionEvent: Sendable, Equatable {
    /// A connection is ready. `serverRunID` changes when the server restarts and is nil when the user may not read it;
    /// `epoch` counts this client's connections from 1.
    case connected(serverRunID: String?, epoch: UInt64)
    /// The connection with this epoch is gone.
    case disconnected(epoch: UInt64)
}
