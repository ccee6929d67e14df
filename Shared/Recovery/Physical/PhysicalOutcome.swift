// SPDX-License-Identifier: Apache-2.0
// Martlet: what a physical backup has found.

/// A physical backup that is stored and lacks only its entry.
public struct PhysicalOutcome: Sendable {
    /// For the entry.
    public var facts: BackupFacts
    /// Bytes of the log's segments, for looking whether the archive has what a restore needs.
    public var segmentSize: Int
    /// What was stored.
    public var archives: [ArchiveSummary]
    /// Files of the cluster.
    public var files: Int
    /// Pages whose checksums were looked at; nil when the cluster has none.
    public var pages: Int64?
    /// Pages with wrong checksums, at most 1,000 of them.
    public var damaged: [DamagedPage] = []
    /// All of them.
    public var damagedCount = 0
}
