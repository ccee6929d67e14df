// SPDX-License-Identifier: Apache-2.0
// Martlet: one line of an incident's timeline.

public import Platform

/// One line of an incident's timeline.
public struct IncidentEntry: Sendable, Equatable {
    /// What happened.
    public enum Kind: String, Sendable, CaseIterable {
        case opened, updated, acknowledged, escalated, comment, reopened, resolved, cause, affected, notified
    }

    /// Its place in the timeline, from 1.
    public var number: Int
    /// When.
    public var at: Timestamp
    /// What.
    public var kind: Kind
    /// In words.
    public var text: String
    /// Who did it; nil where nobody did.
    public var by: String?
    /// Whether the public page shows it.
    public var isPublic: Bool

    /// Describes a line.
    public init(number: Int, at: Timestamp, kind: Kind, text: String, by: String? = nil, isPublic: Bool = true) {
        self.number = number
        self.at = at
        self.kind = kind
        self.text = text
        self.by = by
        self.isPublic = isPublic
    }
}
