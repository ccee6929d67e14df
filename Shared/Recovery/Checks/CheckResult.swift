// SPDX-License-Identifier: Apache-2.0
// Martlet: what a verification or a drill found.
public import Platform

/// The result of a look at one backup; JSON beside the backups, kept when its backup is gone as long as it is the
/// newest.
public struct CheckResult: Hashable, Sendable {
    /// The backup's system.
    public let system: SystemID
    /// The backup.
    public let backup: BackupID
    /// How it was looked at.
    public let kind: CheckKind
    /// When that began, to the second.
    public let began: Timestamp
    /// When it ended.
    public let ended: Timestamp
    /// How it ended.
    public let outcome: CheckOutcome
    /// What was found, in words; at most 100, of at most 1,000 bytes each.
    public let findings: [String]
    /// Stored bytes that were read.
    public var bytes: Int64?
    /// A drill's RPO: the acknowledged work that would have been lost, where the primary could be asked; else the time from
    /// the last recovered commit (logical: the snapshot) to the moment at which the archive was found to end.
    public var recoveryPoint: Duration?
    /// A drill's RTO: from its beginning until the restored server had taken its first write.
    public var recoveryTime: Duration?
    /// What the RPO must not exceed.
    public var pointObjective: Duration?
    /// What the RTO must not exceed.
    public var timeObjective: Duration?
    /// The host that looked.
    public var host: String?
    /// The version of the program.
    public var program = BuildInfo.version

    /// Describes a result; findings beyond the limits are cut.
    public init(
        _ kind: CheckKind,
        of backup: BackupID,
        system: SystemID,
        began: Timestamp,
        ended: Timestamp,
        outcome: CheckOutcome,
        findings: [String] = []
    ) {
        self.system = system
        self.backup = backup
        self.kind = kind
        self.began = Timestamp(seconds: began.microseconds / 1_000_000)
        self.ended = ended
        self.outcome = outcome
        self.findings = findings.prefix(100).map { String($0.prefix(1000)) }
    }

    /// Whether it passed within its objectives.
    public var isWithinObjectives: Bool {
        func isWithin(_ measured: Duration?, _ objective: Duration?) -> Bool {
            guard let measured, let objective else { return true }
            return measured <= objective
        }
        return outcome == .passed && isWithin(recoveryPoint, pointObjective) && isWithin(recoveryTime, timeObjective)
    }

    /// Bytes that a stored result may have.
    static let longest = 1 << 20
    /// The version of the format.
    static let version = 1
}
