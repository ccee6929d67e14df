// SPDX-License-Identifier: Apache-2.0
// How the ledger's database is doing.

/// Figures of the database that carries the ledger.
public struct LedgerVitals: Sendable {
    /// Rows of the live table, and dead ones that vacuum has not removed yet; estimates.
    public var liveRows, deadRows: Int64
    /// Transactions committed and rolled back, and deadlocks, since the server's statistics began.
    public var commits, rollbacks, deadlocks: Int64
    /// Bytes of WAL written since the cluster was made.
    public var walBytes: Int64
    /// Bytes on disk.
    public var size: Int64
    /// How many transactions the oldest snapshot lies back: rows that died since then cannot be removed.
    public var oldestSnapshotAge: Int64
    /// How long the oldest transaction has been open.
    public var oldestTransaction: Duration
    /// Transactions until the database must be frozen count up to 2 billion; vacuum keeps this low.
    public var freezeAge: Int64
}
