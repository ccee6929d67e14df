// SPDX-License-Identifier: Apache-2.0
// Martlet: what a drill found and measured.
public import Platform
public import Postgres

/// The result of a drill; kept in the store beside the backup as JSON.
public struct DrillReport: Hashable, Sendable {
    /// The backup.
    public var backup: BackupID
    /// Whose it is.
    public var system: SystemID
    /// When the drill began.
    public var began: Timestamp
    /// When it ended.
    public var ended: Timestamp
    /// How long each phase took that was begun.
    public var phases: [DrillPhase: Duration] = [:]
    /// From the beginning to the first write that succeeded; nil: it came not so far.
    public var recoveryTime: Duration?
    /// From the last recovered commit (physical) or the snapshot (logical) to the moment at which the archive was found to end.
    public var recoveryPoint: Duration?
    /// By how much acknowledged work on the primary was ahead of what could be recovered at that moment; nil: it wasn't reached.
    public var exposure: Exposure?
    /// The last position that was replayed (physical).
    public var position: LSN?
    /// When the last recovered transaction was committed, by the primary's clock.
    public var lastCommit: Timestamp?
    /// Segments of the log that were replayed, those made of pieces included.
    public var segments = 0
    /// Bytes that were restored, without the log.
    public var restoredBytes: Int64 = 0
    /// Checks that were made: how many rules and tables, for each phase.
    public var looks: [DrillPhase: Int] = [:]
    /// Whether the store has all the log that the backup itself needs (physical); what is missing behind it says
    /// nothing against the backup.
    public var hasOwnLog = false
    /// All that is wrong.
    public var findings: [DrillFinding] = []
    /// Where the restored cluster was left for a look; nil: it is gone.
    public var folder: String?
    /// What was left out, and why.
    public var notes: [String] = []

    /// Begins a report.
    public init(backup: BackupID, system: SystemID, began: Timestamp) {
        self.backup = backup
        self.system = system
        self.began = began
        ended = began
    }

    /// Whether nothing is wrong.
    public var isGood: Bool { findings.isEmpty }

    /// One line for people.
    public var summary: String {
        let times = [
            recoveryTime.map { "recovered in \(Self.seconds($0)) s" },
            recoveryPoint.map { "RPO \(Self.seconds($0)) s" },
            exposure.map { "exposed \(Self.seconds($0.time)) s, \($0.bytes) bytes" },
        ]
        let figures = times.compactMap { $0 }.joined(separator: ", ")
        guard let first = findings.first else { return "drill of \(backup) passed: \(figures)" }
        let more = findings.count > 1 ? " and \(findings.count - 1) more" : ""
        return "drill of \(backup) FAILED: \(first)\(more)" + (figures.isEmpty ? "" : "; \(figures)")
    }

    static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        return String((milliseconds / 100).rounded() / 10)
    }
}
