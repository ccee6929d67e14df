// SPDX-License-Identifier: Apache-2.0
// Martlet: the parts of a drill.

/// What a drill does, in this order.
public enum DrillPhase: String, CaseIterable, Codable, Sendable {
    /// Leftovers are swept, room is looked for.
    case prepare
    /// The backup is fetched and laid out as a cluster.
    case restore
    /// The server starts, replays the log and takes the first write; for a logical backup it starts before.
    case replay
    /// Indexes and tables are looked at by pg_amcheck.
    case amcheck
    /// The ledger's own rules are looked at.
    case invariants
    /// What was seen at the time of the backup is looked for.
    case witness
    /// The server is stopped and page checksums are verified.
    case checksums
}
