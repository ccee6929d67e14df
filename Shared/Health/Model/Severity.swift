// SPDX-License-Identifier: Apache-2.0
// Martlet: how urgent an incident is.

/// How urgent something is.
public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    /// Somebody must act now.
    case critical
    /// Somebody should act in working hours.
    case warning
    /// Nobody need act.
    case info

    /// Orders by urgency: info is least.
    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .critical: 2
        case .warning: 1
        case .info: 0
        }
    }
}
