// SPDX-License-Identifier: Apache-2.0
// Martlet: a trouble from its opening to its end.

public import Platform

/// A trouble with one check, and all that follows from it.
public struct Incident: Sendable, Equatable {
    /// How far it has got.
    public enum Status: String, Sendable, CaseIterable {
        /// Nobody has taken it on.
        case open
        /// Somebody has.
        case acknowledged
        /// Over.
        case resolved
    }

    /// What probably lies behind an incident.
    public struct Cause: Sendable, Equatable {
        /// The check that failed first.
        public var check: String
        /// What it says.
        public var reason: String

        /// Names a cause.
        public init(check: String, reason: String) {
            self.check = check
            self.reason = reason
        }
    }

    /// Its number, positive; larger ones are later.
    public let id: Int64
    /// The check that failed.
    public let check: String
    /// What people read first: `PostgreSQL is DOWN`.
    public var title: String
    /// The worst state since it opened.
    public var state: CheckState
    /// How urgent; it only rises.
    public var severity: Severity
    /// How far it has got.
    public var status: Status = .open
    /// When the trouble began.
    public let startedAt: Timestamp
    /// When somebody took it on.
    public var acknowledgedAt: Timestamp?
    /// Who did.
    public var acknowledgedBy: String?
    /// When it was over.
    public var resolvedAt: Timestamp?
    /// What probably lies behind it.
    public var rootCause: Cause?
    /// The checks that suffer from it, and raise no alert of their own.
    public var affected: [String] = []
    /// Whether the check comes and goes.
    public var isFlapping = false
    /// How often it came back shortly after its end.
    public var reopenings = 0
    /// What happened, in order.
    public private(set) var timeline: [IncidentEntry] = []

    /// The most lines in a timeline; what comes later replaces nothing and is left out, but for the end.
    static let longestTimeline = 500

    /// Begins an incident.
    public init(
        id: Int64,
        check: String,
        title: String,
        state: CheckState,
        severity: Severity,
        startedAt: Timestamp
    ) {
        self.id = id
        self.check = check
        self.title = title
        self.state = state
        self.severity = severity
        self.startedAt = startedAt
    }

    /// Whether it is not over.
    public var isOpen: Bool { status != .resolved }

    /// The same incident with a timeline that was recorded.
    func with(timeline: [IncidentEntry]) -> Incident {
        var copy = self
        copy.timeline = timeline
        return copy
    }

    /// Adds a line to the timeline; false when it is full.
    @discardableResult
    mutating func note(
        _ kind: IncidentEntry.Kind,
        _ text: String,
        at: Timestamp,
        by: String? = nil,
        isPublic: Bool = true
    ) -> Bool {
        guard timeline.count < Self.longestTimeline || kind == .resolved || kind == .reopened else { return false }
        timeline.append(
            IncidentEntry(
                number: (timeline.last?.number ?? 0) + 1,
                at: at,
                kind: kind,
                text: text,
                by: by,
                isPublic: isPublic
            )
        )
        return true
    }
}
