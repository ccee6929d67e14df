// SPDX-License-Identifier: Apache-2.0
// Martlet: from whom and to whom a mail goes, for the mail server.

/// The addresses that a mail server acts on, whatever the mail's headers say.
public struct SMTPEnvelope: Sendable, Equatable {
    /// Where failures are reported to.
    public var sender: EmailAddress
    /// Who gets the mail, 1...100.
    public var recipients: [EmailAddress]

    /// Makes an envelope; throws `email` for no or more than 100 recipients.
    public init(sender: EmailAddress, recipients: [EmailAddress]) throws(NotificationError) {
        guard (1...EmailMessage.mostRecipients).contains(recipients.count) else {
            throw NotificationError(.email, "recipients", "must be 1 to \(EmailMessage.mostRecipients) addresses")
        }
        self.sender = sender
        self.recipients = recipients
    }

    /// The envelope that a mail's headers say.
    public init(_ message: EmailMessage) {
        sender = message.from
        recipients = message.to
    }
}
