// SPDX-License-Identifier: Apache-2.0
// Martlet: the mails to subscribers.

internal import FoundationEssentials
internal import Platform

/// Writes the mails to subscribers; each has one recipient.
struct SubscriptionLetter: Sendable {
    let from: EmailAddress
    /// The status page's title and address.
    let title: String
    let url: String

    /// Asks for a confirmation; the link expires with the request.
    func confirmation(
        of request: SubscriptionRequest,
        _ token: SubscriptionToken,
        follows: String,
        at now: Timestamp
    ) throws(NotificationError) -> EmailMessage {
        let link = "\(url)/subscriptions/confirm/\(token.text)"
        return try letter(
            to: request.target,
            subject: "Confirm your subscription to \(title)",
            lines: [
                "Somebody, probably you, asked to be told of incidents and maintenance of \(title) at this address.",
                "It would follow: \(follows). If this address is subscribed already, that replaces what it follows now.",
                "To confirm, open this page within 48 hours and press the button there:",
            ],
            link: ("Confirm the subscription", link),
            end: "If it was not you, do nothing: without a confirmation nothing is sent and nothing changes.",
            id: "subscription-\(request.id)-\(token.text.prefix(12))",
            date: now
        )
    }

    /// Tells what happened, with a link that ends the subscription.
    func announcement(_ announcement: Announcement, to subscriber: Subscriber, at now: Timestamp)
        throws(NotificationError) -> EmailMessage
    {
        var lines = [announcement.text]
        if !announcement.checks.isEmpty {
            let names = announcement.checks.prefix(20).map { $0.singleLine(bytes: 100) }.joined(separator: ", ")
            let rest = announcement.checks.count - 20
            lines.append("Affected: \(names)\(rest > 0 ? " and \(rest) more" : "")")
        }
        lines.append(announcement.endsAt.map { "From \(announcement.startedAt) to \($0)" } ?? "At \(announcement.at)")
        let isFirst = announcement.event == .opened || announcement.event == .maintenance
        let root = "\(announcement.thread)-\(subscriber.id)"
        let leave = "\(url)/subscriptions/\(subscriber.token.text)"
        var letter = try letter(
            to: subscriber.target,
            subject: "[\(title)] \(Self.prefix(announcement.event))\(announcement.title.singleLine(bytes: 200))",
            lines: lines,
            link: announcement.url.map { ("Read more", $0) },
            end: "You get this since you subscribed to \(title). To end that: \(leave)",
            id: isFirst ? root : "\(announcement.id)-\(subscriber.id)",
            date: now
        )
        letter.unsubscribe = leave
        if !isFirst { letter.inReplyTo = try MessageID(root, domain: from.domain) }
        return letter
    }

    private static func prefix(_ event: Announcement.Event) -> String {
        switch event {
        case .opened: ""
        case .updated, .comment: "Update: "
        case .reopened: "Again: "
        case .resolved: "Resolved: "
        case .maintenance: "Maintenance: "
        }
    }

    private func letter(
        to target: String,
        subject: String,
        lines: [String],
        link: (text: String, address: String)?,
        end: String,
        id: String,
        date: Timestamp
    ) throws(NotificationError) -> EmailMessage {
        let text = lines + (link.map { ["\($0.text): \($0.address)"] } ?? []) + ["-- ", end]
        let paragraphs = lines.map {
            "<p style=\"white-space:pre-line\">\($0.markup)</p>"
        }
        let anchor = link.map { "<p><a href=\"\($0.address.markup)\">\($0.text)</a></p>" } ?? ""
        let html = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(subject.markup)</title></head>
            <body style="font-family:sans-serif">
            \(paragraphs.joined(separator: "\n"))
            \(anchor)
            <p style="color:#666">\(end.markup)</p>
            </body></html>

            """
        return try EmailMessage(
            from: from,
            to: [try EmailAddress(target)],
            subject: subject,
            text: text.joined(separator: "\n\n"),
            html: html,
            id: MessageID(id, domain: from.domain),
            date: date
        )
    }
}
