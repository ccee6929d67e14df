// SPDX-License-Identifier: Apache-2.0
// Martlet: how many findings of each kind there were, and the availability that follows.

/// Counts of findings; `kept…` leave those in maintenance out.
public struct FindingCounts: Sendable, Equatable {
    /// Findings of each kind.
    public var up = 0, degraded = 0, down = 0, unknown = 0
    /// Findings outside of maintenance.
    public var keptUp = 0, keptDegraded = 0, keptDown = 0

    /// Counts.
    public init(
        up: Int = 0,
        degraded: Int = 0,
        down: Int = 0,
        unknown: Int = 0,
        keptUp: Int = 0,
        keptDegraded: Int = 0,
        keptDown: Int = 0
    ) {
        (self.up, self.degraded, self.down, self.unknown) = (up, degraded, down, unknown)
        (self.keptUp, self.keptDegraded, self.keptDown) = (keptUp, keptDegraded, keptDown)
    }

    /// The share of findings at which the target served, degraded or not; findings that could not be made don't count. Nil without any.
    public var availability: Double? {
        let all = up + degraded + down
        return all > 0 ? Double(up + degraded) / Double(all) : nil
    }

    /// The same without what fell into maintenance.
    public var availabilityWithoutMaintenance: Double? {
        let all = keptUp + keptDegraded + keptDown
        return all > 0 ? Double(keptUp + keptDegraded) / Double(all) : nil
    }

    /// Findings in maintenance.
    public var inMaintenance: Int { up + degraded + down - keptUp - keptDegraded - keptDown }

    /// Adds other counts.
    public static func += (left: inout FindingCounts, right: FindingCounts) {
        left.up += right.up
        left.degraded += right.degraded
        left.down += right.down
        left.unknown += right.unknown
        left.keptUp += right.keptUp
        left.keptDegraded += right.keptDegraded
        left.keptDown += right.keptDown
    }
}
