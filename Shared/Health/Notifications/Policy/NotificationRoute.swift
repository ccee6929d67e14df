// SPDX-License-Identifier: Apache-2.0
// Martlet: one way that notifications take.

/// Whom to tell of which incidents, and how insistently.
public struct NotificationRoute: Sendable {
    /// Whom to tell when nobody has acknowledged.
    public struct Step: Sendable, Equatable {
        /// How long after the step before (or the first message) was due; 1 second to 30 days.
        public var after: Duration
        /// Who hears `escalated`; they then hear everything else of the incident too.
        public var targets: [NotificationTarget]

        /// Makes a step.
        public init(after: Duration, targets: [NotificationTarget]) {
            self.after = after
            self.targets = targets
        }
    }

    /// The name; progress is kept by it, so a route that is renamed begins anew.
    public var name: String
    /// Which incidents and events it is for.
    public var matcher: NotificationMatcher
    /// Who hears of them.
    public var targets: [NotificationTarget]
    /// When its messages wait.
    public var quietHours: [QuietHours]
    /// The pause between reminders while an incident is open and unacknowledged; nil for none.
    public var reminderInterval: Duration?
    /// Whom to tell when nobody acknowledges, one step after the other.
    public var escalation: [Step]
    /// Whether routes after this one are looked at too, false by default.
    public var continues: Bool

    /// Makes a route.
    public init(
        name: String,
        matcher: NotificationMatcher = NotificationMatcher(),
        targets: [NotificationTarget],
        quietHours: [QuietHours] = [],
        reminderInterval: Duration? = nil,
        escalation: [Step] = [],
        continues: Bool = false
    ) {
        self.name = name
        self.matcher = matcher
        self.targets = targets
        self.quietHours = quietHours
        self.reminderInterval = reminderInterval
        self.escalation = escalation
        self.continues = continues
    }
}
