// SPDX-License-Identifier: Apache-2.0
// Martlet: the two ways to make a backup.

/// How a backup was made.
public enum BackupMethod: String, CaseIterable, Codable, Sendable {
    /// The server's files by the replication protocol; with WAL it restores any moment after its end.
    case physical
    /// The content by COPY within one snapshot; restores that moment into any server.
    case logical
}
