// SPDX-License-Identifier: Apache-2.0
// Martlet: one thing whose health the process watches.

/// A named check.
public struct HealthCheck: Sendable {
    /// What a failure of the check means for the process.
    public enum Criticality: Sendable {
        /// The process cannot serve without it: DOWN, and no more traffic.
        case critical
        /// The process serves without it: DEGRADED at worst.
        case degrading
    }

    /// The key in the report, such as `database`.
    public let name: String
    /// What a failure means.
    public let criticality: Criticality
    /// How long one run may take; default 1 s. A run that takes longer counts as failed at once, and is cancelled.
    public let deadline: Duration
    /// How long a result is used again; default 1 s.
    public let cacheTime: Duration
    /// The check itself; a thrown error is a failure.
    public let operation: @Sendable () async throws -> HealthFinding

    /// Describes a check.
    public init(
        _ name: String,
        criticality: Criticality,
        deadline: Duration = .seconds(1),
        cacheTime: Duration = .seconds(1),
        operation: @escaping @Sendable () async throws -> HealthFinding
    ) {
        self.name = name
        self.criticality = criticality
        self.deadline = deadline
        self.cacheTime = cacheTime
        self.operation = operation
    }
}
