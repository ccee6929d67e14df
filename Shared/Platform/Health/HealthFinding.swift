// SPDX-License-Identifier: Apache-2.0
// Martlet: what one run of a health check found.

/// The answer of a check's operation.
public struct HealthFinding: Sendable {
    /// How well the thing is; a check that only degrades is never shown as worse than DEGRADED.
    public var status: HealthStatus
    /// Figures for people, in order.
    public var details: [(name: String, value: HealthDetail)]

    /// Creates a finding; by default all is well.
    public init(_ status: HealthStatus = .up, details: [(name: String, value: HealthDetail)] = []) {
        self.status = status
        self.details = details
    }
}
