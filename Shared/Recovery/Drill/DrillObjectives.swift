// SPDX-License-Identifier: Apache-2.0
// Martlet: what a recovery may cost.

/// Limits beyond which a drill fails although all was there.
public struct DrillObjectives: Hashable, Sendable {
    /// Longest time from the beginning to the first write; default 4 h.
    public var recoveryTime: Duration
    /// Most time of acknowledged work that may be lost; default 15 min.
    public var recoveryPoint: Duration

    /// Takes both over.
    public init(recoveryTime: Duration = .seconds(4 * 3600), recoveryPoint: Duration = .seconds(15 * 60)) {
        self.recoveryTime = recoveryTime
        self.recoveryPoint = recoveryPoint
    }
}
