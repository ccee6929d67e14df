// SPDX-License-Identifier: Apache-2.0
// Martlet: what a policy must know of an incident.
public import Platform

/// An incident as it stands.
public struct IncidentFacts: Sendable, Equatable {
    /// Its identifier.
    public var id: String
    /// The name of the check.
    public var check: String
    /// The group of the check.
    public var group: String?
    /// How much it matters.
    public var severity: NotificationMessage.Severity
    /// The labels of the check.
    public var labels: [String: String]
    /// When somebody took care of it; nil while nobody does, and again when it is reopened.
    public var acknowledgedAt: Timestamp?
    /// When it ended; nil while it lasts.
    public var resolvedAt: Timestamp?

    /// Makes facts.
    public init(
        id: String,
        check: String,
        group: String? = nil,
        severity: NotificationMessage.Severity,
        labels: [String: String] = [:],
        acknowledgedAt: Timestamp? = nil,
        resolvedAt: Timestamp? = nil
    ) {
        self.id = id
        self.check = check
        self.group = group
        self.severity = severity
        self.labels = labels
        self.acknowledgedAt = acknowledgedAt
        self.resolvedAt = resolvedAt
    }

    /// Whether somebody must still be found for it.
    var isWaiting: Bool { acknowledgedAt == nil && resolvedAt == nil }
}
