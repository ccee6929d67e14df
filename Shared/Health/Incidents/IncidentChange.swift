// SPDX-License-Identifier: Apache-2.0
// Martlet: what happened to an incident, for those who record it and those who tell people.

/// A step in the life of an incident.
public struct IncidentChange: Sendable, Equatable {
    /// The incident after the step.
    public var incident: Incident
    /// The step.
    public var kind: IncidentEntry.Kind
}
