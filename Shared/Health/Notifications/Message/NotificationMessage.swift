// SPDX-License-Identifier: Apache-2.0
// Martlet: what happened to an incident, before any channel gives it a form.
public import Platform

/// What happened, to be rendered by each channel.
public struct NotificationMessage: Sendable, Equatable {
    /// What happened to the incident.
    public enum Event: String, Sendable, Codable, CaseIterable {
        /// It began.
        case opened
        /// Its state, severity or reason changed.
        case updated
        /// Somebody takes care of it.
        case acknowledged
        /// Nobody took care of it in time.
        case escalated
        /// It is still open.
        case reminder
        /// It came back soon after it had ended.
        case reopened
        /// It ended.
        case resolved
        /// A minority of the locations sees trouble, or no longer does. Told only by routes that name it.
        case advisory
        /// An instance of a service is gone. Told only by routes that name it.
        case vanished
        /// Somebody tries the channel.
        case test

        /// Whether only routes that name it tell it: it is no step of an incident.
        public var isOptIn: Bool { self == .advisory || self == .vanished }
    }

    /// How much it matters.
    public typealias Severity = Health.Severity

    /// The same for all messages of one incident, as `martlet-incident-42`; receivers de-duplicate by it.
    public var key: String
    /// Unique for this message, as `42-opened-1`; sent as `Idempotency-Key`.
    public var id: String
    /// What happened.
    public var event: Event
    /// How much it matters.
    public var severity: Severity
    /// The severity before, if this message changes it; Alertmanager ends the alert of that severity.
    public var previousSeverity: Severity?
    /// The state of the check.
    public var state: CheckState
    /// One line, as `postgres is DOWN`.
    public var title: String
    /// The reason in one line.
    public var summary: String
    /// The name of the check.
    public var check: String
    /// The group that the check belongs to.
    public var group: String?
    /// The check that is the cause, if another one is.
    public var rootCause: String?
    /// The names of the checks that fail because of this one.
    public var affected: [String]
    /// When the incident began.
    public var startedAt: Timestamp
    /// When this message's event happened.
    public var at: Timestamp
    /// When the incident ended.
    public var resolvedAt: Timestamp?
    /// Who takes care of it.
    public var acknowledgedBy: String?
    /// Where people see the incident.
    public var url: String?
    /// Where people read what to do.
    public var runbook: String?

    /// Makes a message; nothing is checked, since each channel cuts and escapes by its own rules.
    public init(
        key: String,
        id: String,
        event: Event,
        severity: Severity,
        previousSeverity: Severity? = nil,
        state: CheckState,
        title: String,
        summary: String,
        check: String,
        group: String? = nil,
        rootCause: String? = nil,
        affected: [String] = [],
        startedAt: Timestamp,
        at: Timestamp,
        resolvedAt: Timestamp? = nil,
        acknowledgedBy: String? = nil,
        url: String? = nil,
        runbook: String? = nil
    ) {
        self.key = key
        self.id = id
        self.event = event
        self.severity = severity
        self.previousSeverity = previousSeverity
        self.state = state
        self.title = title
        self.summary = summary
        self.check = check
        self.group = group
        self.rootCause = rootCause
        self.affected = affected
        self.startedAt = startedAt
        self.at = at
        self.resolvedAt = resolvedAt
        self.acknowledgedBy = acknowledgedBy
        self.url = url
        self.runbook = runbook
    }
}
