// SPDX-License-Identifier: Apache-2.0
// Martlet: notifications as mails.
internal import Platform

/// Turns notifications into mails; all mails of an incident form one thread.
public struct EmailRenderer: Sendable {
    /// What the subject says.
    public enum Subject: String, Sendable {
        /// The state, as `[critical] postgres is DOWN`; some mail programs (Gmail) then begin a new thread at each state.
        case state
        /// The check and the incident's key alone, the same for all mails of the incident.
        case incident
    }

    /// Who sends.
    public var from: EmailAddress
    /// What the subject says, ``Subject/state`` by default.
    public var subject: Subject
    /// An address that ends these mails, for `List-Unsubscribe`.
    public var unsubscribe: String?

    /// Makes a renderer.
    public init(from: EmailAddress, subject: Subject = .state, unsubscribe: String? = nil) {
        self.from = from
        self.subject = subject
        self.unsubscribe = unsubscribe
    }

    /// The mail of a message; throws `email` for no or more than 100 recipients.
    public func email(
        for message: NotificationMessage,
        to recipients: [EmailAddress]
    ) throws(NotificationError) -> EmailMessage {
        let root = try MessageID(message.key, domain: from.domain)
        let own = try MessageID(message.id, domain: from.domain)
        let isRoot = message.event == .opened
        let isThreaded = ![.opened, .advisory, .vanished, .test].contains(message.event)
        return try EmailMessage(
            from: from,
            to: recipients,
            subject: subjectText(message),
            text: Self.text(message),
            html: Self.html(message),
            id: isRoot ? root : own,
            date: message.at,
            inReplyTo: isThreaded ? root : nil,
            unsubscribe: unsubscribe
        )
    }

    private func subjectText(_ message: NotificationMessage) -> String {
        switch subject {
        case .state: "[\(message.severity.rawValue)] \(message.title.singleLine(bytes: 300))"
        case .incident: "\(message.check.singleLine(bytes: 200)) (\(message.key.singleLine(bytes: 100)))"
        }
    }

    private static func text(_ message: NotificationMessage) -> String {
        var lines = [message.title.singleLine(bytes: 300), ""]
        if !message.summary.isEmpty { lines += [message.summary.singleLine(bytes: 4_000), ""] }
        lines += message.facts.map { "\($0.label): \($0.value)" } + [""]
        lines += message.links.map { "\($0.text): \($0.address)" }
        lines.append("\(message.event.rawValue) - \(message.key.singleLine(bytes: 200))")
        return lines.joined(separator: "\n")
    }

    private static func html(_ message: NotificationMessage) -> String {
        var rows = ""
        for (label, value) in message.facts {
            rows += "<tr><td style=\"padding:2px 12px 2px 0;color:#666\">\(label)</td><td>\(value.markup)</td></tr>\n"
        }
        let links = message.links.map { "<a href=\"\($0.address.markup)\">\($0.text)</a>" }.joined(separator: " · ")
        let title = message.title.singleLine(bytes: 300).markup
        return """
            <!DOCTYPE html>
            <html><head><meta charset="utf-8"><title>\(title)</title></head>
            <body style="font-family:sans-serif">
            <h2 style="border-left:6px solid \(message.state.color);padding-left:10px">\(title)</h2>
            <p>\(message.summary.singleLine(bytes: 4_000).markup)</p>
            <table>
            \(rows)</table>
            <p>\(links)</p>
            <p style="color:#666">\(message.event.rawValue) · \(message.key.singleLine(bytes: 200).markup)</p>
            </body></html>

            """
    }
}
