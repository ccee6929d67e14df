// SPDX-License-Identifier: Apache-2.0
// Martlet: what a server says of itself to a replica.

/// A cluster's identity and the state of its log.
public struct ReplicationSystem: Hashable, Sendable {
    /// The system identifier that initdb made.
    public let id: UInt64
    /// The timeline that is being written.
    public let timeline: UInt32
    /// How far the log is flushed.
    public let flushed: LSN
}
