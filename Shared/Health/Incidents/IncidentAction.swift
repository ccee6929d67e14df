// SPDX-License-Identifier: Apache-2.0
// Martlet: what an operator asks for.

/// What an operator asks for.
public struct IncidentAction: Sendable, Equatable, Codable {
    /// What to do.
    public enum Kind: String, Sendable, Codable {
        case acknowledge, comment, resolve
    }

    /// What to do.
    public var kind: Kind
    /// With which incident.
    public var incident: Int64
    /// Who asks.
    public var by: String
    /// What is said.
    public var text: String?
    /// Whether the public page shows it.
    public var isPublic: Bool?

    /// Asks for something.
    public init(_ kind: Kind, incident: Int64, by: String, text: String? = nil, isPublic: Bool? = nil) {
        self.kind = kind
        self.incident = incident
        self.by = by
        self.text = text
        self.isPublic = isPublic
    }
}
