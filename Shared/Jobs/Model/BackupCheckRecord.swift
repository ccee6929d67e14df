// SPDX-License-Identifier: Apache-2.0
// Martlet: a verification or a drill as the ledger has it.

public import Platform

/// The result of a verification or a drill.
public struct BackupCheckRecord: Hashable, Sendable {
    /// The backup's name; it may be gone.
    public var backup: String
    /// Its system's identifier.
    public var system: String
    /// `verify` or `drill`.
    public var kind: String
    /// When it began.
    public var began: Timestamp
    /// When it ended.
    public var ended: Timestamp
    /// `passed`, `damaged`, or `failed`: it says nothing of the backup.
    public var outcome: String
    /// RPO that a drill measured.
    public var recoveryPoint: Duration?
    /// RTO that a drill measured.
    public var recoveryTime: Duration?
    /// RPO that was allowed.
    public var pointObjective: Duration?
    /// RTO that was allowed.
    public var timeObjective: Duration?
    /// What was found, in one line.
    public var finding: String?

    /// Describes a result.
    public init(
        backup: String,
        system: String,
        kind: String,
        began: Timestamp,
        ended: Timestamp,
        outcome: String,
        finding: String? = nil
    ) {
        self.backup = backup
        self.system = system
        self.kind = kind
        self.began = began
        self.ended = ended
        self.outcome = outcome
        self.finding = finding
    }
}
