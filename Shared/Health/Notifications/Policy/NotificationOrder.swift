// SPDX-License-Identifier: Apache-2.0
// Martlet: one message for one receiver, as a policy decides it.
public import Platform

/// Tells a receiver of an event at a time.
public struct NotificationOrder: Sendable, Hashable {
    /// The incident.
    public var incident: String
    /// What to tell.
    public var event: NotificationMessage.Event
    /// Whom.
    public var receiver: String
    /// Which event of this kind it is, from 1 on.
    public var sequence: Int
    /// When: now, or when quiet hours end.
    public var at: Timestamp

    /// Makes an order.
    public init(incident: String, event: NotificationMessage.Event, receiver: String, sequence: Int, at: Timestamp) {
        self.incident = incident
        self.event = event
        self.receiver = receiver
        self.sequence = sequence
        self.at = at
    }

    /// The same for the same order made again: a unique key for the job that carries it out.
    public var key: String { "\(incident)/\(event.rawValue)/\(receiver)/\(sequence)" }

    /// Whether it is pointless by now: a reminder or an escalation of an incident that somebody took care of, or that ended.
    ///
    /// Ask before an order that waited is carried out; all other orders are carried out however late.
    public func isObsolete(_ incident: IncidentFacts) -> Bool {
        switch event {
        case .reminder, .escalated: !incident.isWaiting
        case .opened, .updated, .acknowledged, .reopened, .resolved, .advisory, .vanished, .test: false
        }
    }
}
