// SPDX-License-Identifier: Apache-2.0
// Martlet: which incidents and events a route is for.

/// Conditions that must all hold; those that are nil or empty always do.
public struct NotificationMatcher: Sendable, Equatable {
    /// The severities, nil for all.
    public var severities: Set<NotificationMessage.Severity>?
    /// The events, nil for all; what is not in it is never sent by the route, reminders and escalations too.
    public var events: Set<NotificationMessage.Event>?
    /// Patterns of the group, one of which must fit; checks without a group fit none.
    public var groups: [NamePattern]?
    /// Patterns of the check's name, one of which must fit.
    public var checks: [NamePattern]?
    /// Labels that the check must have, each with a pattern of its value.
    public var labels: [String: NamePattern]

    /// Makes conditions; without arguments they always hold.
    public init(
        severities: Set<NotificationMessage.Severity>? = nil,
        events: Set<NotificationMessage.Event>? = nil,
        groups: [NamePattern]? = nil,
        checks: [NamePattern]? = nil,
        labels: [String: NamePattern] = [:]
    ) {
        self.severities = severities
        self.events = events
        self.groups = groups
        self.checks = checks
        self.labels = labels
    }

    /// Whether it is for incidents too: one that names nothing but events beside them keeps no incident from the routes behind it.
    var isForIncidents: Bool { events.map { $0.isEmpty || !$0.allSatisfy(\.isOptIn) } ?? true }

    /// Whether the incident fits, whatever happens to it.
    public func matches(_ incident: IncidentFacts) -> Bool {
        if let severities, !severities.contains(incident.severity) { return false }
        if let checks, !checks.contains(where: { $0.matches(incident.check) }) { return false }
        if let groups, !groups.contains(where: { pattern in incident.group.map(pattern.matches) ?? false }) {
            return false
        }
        return labels.allSatisfy { name, pattern in incident.labels[name].map(pattern.matches) ?? false }
    }

    /// Whether the event fits.
    public func matches(_ event: NotificationMessage.Event) -> Bool { events?.contains(event) ?? true }
}
