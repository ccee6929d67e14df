// SPDX-License-Identifier: Apache-2.0
// Martlet: a mail before it becomes bytes.
public import Platform

/// A mail with a plain text and, if wanted, the same as HTML.
public struct EmailMessage: Sendable, Equatable {
    /// The most recipients of one mail.
    public static let mostRecipients = 100
    /// The most bytes of each of both texts; what is longer is cut.
    public static let mostTextBytes = 256 << 10

    /// Who sends it.
    public var from: EmailAddress
    /// Who gets it: 1...100 addresses.
    public var to: [EmailAddress]
    /// One line; cut at 500 bytes.
    public var subject: String
    /// The text.
    public var text: String
    /// The same as HTML; the caller escapes.
    public var html: String?
    /// Its identifier; the same for repeats, so that mail programs show one.
    public var id: MessageID
    /// When it was written.
    public var date: Timestamp
    /// The incident's first mail, so that mail programs show all in one thread.
    public var inReplyTo: MessageID?
    /// An https address that ends these mails, for `List-Unsubscribe`.
    public var unsubscribe: String?

    /// Makes a mail; throws `email` for no or too many recipients and for a bad address of `unsubscribe`.
    public init(
        from: EmailAddress,
        to: [EmailAddress],
        subject: String,
        text: String,
        html: String? = nil,
        id: MessageID,
        date: Timestamp,
        inReplyTo: MessageID? = nil,
        unsubscribe: String? = nil
    ) throws(NotificationError) {
        guard (1...Self.mostRecipients).contains(to.count) else {
            throw NotificationError(.email, "to", "must be 1 to \(Self.mostRecipients) addresses")
        }
        if let unsubscribe {
            guard unsubscribe.utf8.count <= 900, WebAddress.clean(unsubscribe) != nil else {
                throw NotificationError(
                    .email,
                    "unsubscribe",
                    "must be an http or https address of at most 900 characters"
                )
            }
        }
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.id = id
        self.date = date
        self.inReplyTo = inReplyTo
        self.unsubscribe = unsubscribe
    }
}
