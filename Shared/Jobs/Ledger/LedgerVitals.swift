// SPDX-License-Identifier: Apache-2.0
// How the ledger's database is doing.

/// Figures of the database that carries the ledger.
public struct LedgerVitals: Sendable {
    /// Rows of the live table, and dead ones that vacuum has not removed yet; estimates.
    public var liveRows, deadRows: Int64
    /// Transactions committed and rolled back, and deadlocks, since the server's statistics began.
    public var commits, rollbacks, deadlocks: Int64
    /// Bytes of WAL written since the cluster was made; nil on a server that has none of its own.
    public var walBytes: Int64?
    /// Bytes on disk.
    public var size: Int64
    /// How many transactions the oldest snapshot (of a session, a slot or a prepared transaction) lies back: rows that died since then can't be removed.
    public var oldestSnapshotAge: Int64
    /// How long the oldest transaction has been open.
    public var oldestTransaction: Duration
    /// The age of the cluster's oldest row that is not frozen, in transactions; vacuum keeps it low, and at 2 billion the server stops.
    public var freezeAge: Int64
    /// How long no worker has led; nil when none ever has.
    public var leaderless: Duration?
}
