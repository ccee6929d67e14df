// SPDX-License-Identifier: Apache-2.0
// Martlet: what the maker of a backup knows about it.
public import Platform
public import Postgres

/// Facts about the database at the time of the backup; those that a method doesn't have are nil.
public struct BackupFacts: Hashable, Sendable {
    /// When the backup began.
    public var began: Timestamp
    /// PostgreSQL's `server_version_num`: 150020 for 15.20.
    public var serverVersion: Int
    /// A name that somebody gave it.
    public var label: String?
    /// The timeline at the end (physical).
    public var timeline: UInt32?
    /// Where the WAL that a restore needs begins (physical), or the position of the snapshot (logical).
    public var startLSN: LSN?
    /// What a restore must reach to be consistent (physical).
    public var endLSN: LSN?
    /// Bytes of the server's WAL segments (physical).
    public var segmentSize: Int?
    /// The snapshot, as `pg_current_snapshot()` writes it (logical).
    public var snapshot: String?
    /// The database (logical).
    public var database: String?
    /// The server's host, without credentials.
    public var host: String?

    /// Facts that both methods have.
    public init(began: Timestamp, serverVersion: Int) {
        self.began = began
        self.serverVersion = serverVersion
    }
}
