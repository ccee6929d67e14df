// SPDX-License-Identifier: Apache-2.0
// Martlet: one thing that one receiver is to be told.

internal import FoundationEssentials
public import Platform

/// One thing that one receiver is to be told.
public struct OutgoingNotification: Sendable, Equatable {
    /// Unique for incident, event, sequence and receiver: telling twice is telling once.
    public var id: String
    /// The incident; nil for tests and advisories.
    public var incident: Int64?
    /// Who is told, by the receiver's name in the configuration.
    public var receiver: String
    /// What happened.
    public var event: String
    /// The message as JSON, complete: it is told as it was then.
    public var message: String
    /// Not before this time.
    public var dueAt: Timestamp
    /// When it was delivered, if it was already: without the ledger people are told at once.
    public var deliveredAt: Timestamp?

    /// Describes a notification.
    public init(
        id: String,
        incident: Int64?,
        receiver: String,
        event: String,
        message: String,
        dueAt: Timestamp,
        deliveredAt: Timestamp? = nil
    ) {
        self.id = id
        self.incident = incident
        self.receiver = receiver
        self.event = event
        self.message = message
        self.dueAt = dueAt
        self.deliveredAt = deliveredAt
    }

    /// A message for a receiver.
    init(_ message: NotificationMessage, to receiver: String, incident: Int64?, dueAt: Timestamp) throws(HealthError) {
        guard let text = try? JSONEncoder().encode(message) else {
            throw HealthError(.internal, "a message can't be written")
        }
        self.init(
            id: message.id,
            incident: incident,
            receiver: receiver,
            event: message.event.rawValue,
            message: String(decoding: text, as: UTF8.self),
            dueAt: dueAt
        )
    }
}
