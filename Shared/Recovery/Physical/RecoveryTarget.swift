// SPDX-License-Identifier: Apache-2.0
// Martlet: how far a restored server replays its log.
public import Platform
public import Postgres

/// Where recovery ends.
public enum RecoveryTarget: Hashable, Sendable {
    /// At the end of the log.
    case latest
    /// As soon as the backup is consistent.
    case immediate
    /// At a time.
    case time(Timestamp)
    /// At a position.
    case position(LSN)
    /// At a restore point made with `pg_create_restore_point`.
    case name(String)
    /// At a transaction's commit.
    case transaction(UInt64)
}
