// SPDX-License-Identifier: Apache-2.0
// Martlet: what a physical replication slot keeps.

/// A slot's state.
public struct ReplicationSlot: Hashable, Sendable {
    /// The oldest position whose log is kept; nil when it keeps nothing (yet, or any more).
    public let restart: LSN?
    /// The timeline of that position.
    public let timeline: UInt32?
}
