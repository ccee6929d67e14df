// SPDX-License-Identifier: Apache-2.0
// Martlet: what runs on a schedule.

/// A kind of run; the label `kind` of the metrics.
public enum BackupTask: String, CaseIterable, Codable, Sendable {
    /// A physical backup.
    case physical
    /// A logical backup.
    case logical
    /// A verification.
    case verify
    /// A restore drill.
    case drill
    /// Retention.
    case prune

    /// The run that makes a backup by a method.
    public init(_ method: BackupMethod) {
        self =
            switch method {
            case .physical: .physical
            case .logical: .logical
            }
    }

    /// The run that makes a check.
    public init(_ kind: CheckKind) {
        self =
            switch kind {
            case .verify: .verify
            case .drill: .drill
            }
    }
}

/// How a run ended; the label `result` of the metrics.
public enum RunResult: String, CaseIterable, Codable, Sendable {
    /// It did what it should; a check found the backup good.
    case succeeded
    /// It did not; or a check found damage.
    case failed
    /// Another run was under way: nothing was done, and that is no failure.
    case refused
    /// It was told to stop.
    case cancelled
}
