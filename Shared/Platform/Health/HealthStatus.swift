// SPDX-License-Identifier: Apache-2.0
// Martlet: the three states of health.

/// How well something is; the order of the cases is from best to worst.
public enum HealthStatus: String, Sendable, Comparable, CaseIterable {
    /// All is well.
    case up = "UP"
    /// Works, but worse than it should.
    case degraded = "DEGRADED"
    /// Does not work.
    case down = "DOWN"

    private var rank: Int {
        switch self {
        case .up: 0
        case .degraded: 1
        case .down: 2
        }
    }

    /// The worse is the greater.
    public static func < (left: HealthStatus, right: HealthStatus) -> Bool { left.rank < right.rank }
}
